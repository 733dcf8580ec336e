"""The sandbox as a server: HTTP on the loopback interface, in threads of its own process."""

from __future__ import annotations

import gzip
import json
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLError
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.api import Api
from sandbox.kinds import NAMESPACE
from sandbox.messages import Request
from sandbox.registries import Registry
from sandbox.stores import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from ssl import SSLContext

    from sandbox.messages import Answer

_HOST: Final = "127.0.0.1"
_POLL: Final = 0.02  # seconds that its end may take
_COMPRESSED_FROM: Final = 128 * 1024  # bytes, as the API server does
_BUILT_IN: Final = ("default", "kube-node-lease", "kube-public", "kube-system")


class Sandbox:
    """A Kubernetes API server for what kn-mirror reads and writes, which forgets all at its end.

    It asks for no credentials and is reached from this machine only.
    """

    def __init__(self, port: int = 0, tls: SSLContext | None = None) -> None:
        self._store = Store()
        for name in _BUILT_IN:
            Registry(self._store, "sandbox").create(NAMESPACE, "", {"metadata": {"name": name}})
        self._server = _Server((_HOST, port), Api(self._store), tls)
        self._scheme = "https" if tls else "http"

    @classmethod
    @contextmanager
    def running(cls, *, port: int = 0, tls: SSLContext | None = None) -> Iterator[Self]:
        """Serve until the end of the block.

        Args:
            port: to listen on; a free one unless it is given.
            tls: how it shows who it is; without it connections are not secured.
        """
        sandbox = cls(port, tls)
        serve = partial(sandbox._server.serve_forever, poll_interval=_POLL)
        thread = threading.Thread(target=serve, name="sandbox")
        thread.start()
        try:
            yield sandbox
        finally:
            sandbox._store.close()
            sandbox._server.shutdown()
            sandbox._server.server_close()
            thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self._scheme}://{_HOST}:{self._server.server_port}"

    def write_kubeconfig(self, path: Path) -> None:
        """Write the file by which clients find it."""
        name = "sandbox"
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": self.url}}],
            "users": [{"name": name, "user": {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        path.write_text(json.dumps(kubeconfig, indent=2))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A watch may be waiting; it ends by the store's end, and its thread with the process.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api, tls: SSLContext | None) -> None:
        super().__init__(address, _Handler)
        self.api = api
        if tls:
            # Each handshake in its connection's own thread.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )


class _Handler(BaseHTTPRequestHandler):
    """Carries requests and answers.

    Unbuffered, and with the kernel waiting for acknowledgements, each answer would take 44 ms.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=unquote(url.path),
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        answer = self.server.api.answer(request)
        if answer.stream is None:
            self._send(answer)
        else:
            self._send_stream(answer, answer.stream)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (named by http.server)

    def _send(self, answer: Answer) -> None:
        body = _encoded(answer.body)
        self.send_response(answer.code)
        self.send_header("Content-Type", "application/json")
        if len(body) > _COMPRESSED_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_stream(self, answer: Answer, stream: Iterable[Any]) -> None:
        self.send_response(answer.code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        for part in stream:
            line = _encoded(part)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def handle(self) -> None:
        """Serve a client's requests until it goes, which is no error."""
        with suppress(ConnectionError, SSLError):
            super().handle()

    def finish(self) -> None:
        """Send what is left, to whom it may still concern."""
        with suppress(ConnectionError, SSLError):
            super().finish()

    def log_message(self, *_parts: object) -> None:
        """Write nothing: the tests' output and the demonstration's picture are elsewhere."""


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode() + b"\n"
