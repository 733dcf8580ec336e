"""Key and certificate, as a TLS server takes them."""

from __future__ import annotations

import ssl
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_pair(data: Mapping[str, bytes]) -> bool:
    """Whether a server could use what a Secret holds: key and certificate parse and match."""
    try:
        _server(data)
    except (ssl.SSLError, KeyError):
        return False
    return True


def greet(data: Mapping[str, bytes], host: str, *, trusting: bytes) -> str:
    """Let a client connect to a server with this pair; return the TLS version that they agree on.

    Args:
        data: what the server has.
        host: whom the client asks for.
        trusting: the certificates that the client trusts, in PEM.

    Raises:
        ssl.SSLError: the client does not believe the server.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = _server(data).wrap_bio(to_server, to_client, server_side=True)
    trust = ssl.create_default_context(cadata=trusting.decode())
    client = trust.wrap_bio(to_client, to_server, server_hostname=host)
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return str(client.version())


def _server(data: Mapping[str, bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile() as file:
        file.write(data["tls.key"] + data["tls.crt"])
        file.flush()
        # Refuses a certificate whose key is another.
        context.load_cert_chain(file.name)
    return context
