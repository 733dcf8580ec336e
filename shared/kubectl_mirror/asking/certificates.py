"""Certificates: for which hosts a source's is, and until when, by what cert-manager says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kubectl_mirror.asking.consumers import CERTIFICATE, read
from mirroring.errors import ApiError
from mirroring.names import CERTIFICATE as CERTIFICATE_NAME
from mirroring.objects.references import Ref, is_object_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from mirroring.cluster.protocols import Transport
    from mirroring.objects.metadata import Metadata

# cert-manager writes them on the Secret, so that its content need not be looked at.
_ALT_NAMES: Final = "cert-manager.io/alt-names"
_COMMON_NAME: Final = "cert-manager.io/common-name"


def told(transport: Transport, source: Metadata, hosts: Sequence[str]) -> Iterator[str]:
    """Say for which hosts the certificate of a source is, and until when, as far as is known.

    Args:
        transport: reads the Certificate.
        source: a Secret's metadata.
        hosts: that it is to be for; empty for any.
    """
    name = source.annotations.get(CERTIFICATE_NAME, "")
    names = hosts_of(source)
    if not name and not names:
        if hosts:
            yield (
                f"{source.ref} does not say which hosts it is for, as cert-manager did not write "
                "it."
            )
        return
    for host in hosts:
        if not any(covers(each, host) for each in names):
            yield f"{source.ref} is not for {host}: it is for {', '.join(names) or 'no host'}."
    if hosts and all(any(covers(each, host) for each in names) for host in hosts):
        yield f"{source.ref} is for {', '.join(hosts)}."
    if is_object_name(name):
        yield from _until(transport, Ref(CERTIFICATE, source.ref.namespace, name))


def hosts_of(source: Metadata) -> Sequence[str]:
    """Return the hosts that cert-manager notes on a Secret."""
    noted = source.annotations.get(_ALT_NAMES) or source.annotations.get(_COMMON_NAME, "")
    return [each for each in map(str.strip, noted.split(",")) if each]


def covers(named: str, host: str) -> bool:
    """Whether a certificate's name is one of a host, as RFC 6125 has it: `*` is one label."""
    named, host = named.lower(), host.lower()
    if named == host:
        return True
    return named.startswith("*.") and host.partition(".")[2] == named[2:]


def _until(transport: Transport, ref: Ref) -> Iterator[str]:
    try:
        found = read(transport, ref)
    except ApiError as error:
        yield f"Until when it is valid cannot be seen: {error}"
        return
    if found is None:
        yield f"{ref}, which it says it is of, is not there."
        return
    status = found.get("status") or {}
    if until := status.get("notAfter"):
        yield f"{ref} is valid until {until}."
    for each in _failures(status):
        yield f"{ref} is not ready: {each}"


def _failures(status: Mapping[str, Any]) -> Iterator[str]:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready" and condition.get("status") != "True":
            yield str(condition.get("message") or condition.get("reason") or "nothing says why")
