"""What is put between a command and the API server: who is meant, and what is never asked for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from urllib3 import HTTPHeaderDict

from mirroring.cluster.requests import METADATA, METADATA_LIST
from mirroring.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.cluster.protocols import Transport, Writer

_READ_AS: Final = (METADATA, METADATA_LIST)
_WITH_CONTENT: Final = ("secrets", "configmaps")
_ENDS: Final = 64  # bytes
# Knative's own settings, which are nobody's content.
_SETTINGS: Final = tuple(
    f"/api/v1/namespaces/knative-serving/configmaps/{each}"
    for each in ("config-deployment", "config-network")
)
# A Broker's ingress behind the API server, and a Broker of it.
_BROKER: Final = re.compile(
    r"/api/v1/namespaces/[a-z0-9-]+/services/https?:[a-z0-9-]*broker-ingress:[0-9]+"
    r"/proxy/[a-z0-9-]+/[a-z0-9.-]+"
)


class MetadataOnly:
    """A transport by which nothing is written, nor the content of any Secret or ConfigMap read.

    Two ConfigMaps are read: those that say how Knative Serving is set.

    Args:
        transport: sends what is asked.
        headers: are sent with each request, such as who is meant by `--as`; some several times.
    """

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self._transport, self._headers = transport, headers

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Send a request that may be, as `Transport` says.

        Raises:
            PermissionError: it may not, which is a mistake of the command's.
            Unavailable: no answer came, or none of an API server.
        """
        if method != "GET":
            raise PermissionError(f"kubectl mirror writes nothing, and was to {method} {path}")
        if _names_content(path) and headers.get("Accept") not in _READ_AS:
            raise PermissionError(f"kubectl mirror reads no content, and was to read {path}")
        sent = joined(headers, self._headers)
        status, found = self._transport.request(
            method, path, query=query, headers=sent, body=body, most=most
        )
        if status == HTTPStatus.OK and not _is_object(found):
            raise Unavailable(
                f"What answered GET {path} is no API server: it sent no JSON object, or half of "
                "one. Look at the server's URL, and at proxies on the way to it."
            )
        return status, found


class EventsOnly:
    """A transport by which a Broker is sent events, and nothing else is asked.

    Args:
        transport: sends them.
        headers: are sent with each, such as who is meant by `--as`.
    """

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self._transport, self._headers = transport, headers

    def send(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Send an event by the API server's proxy of a Service; return the answer.

        Raises:
            PermissionError: the path is no Broker's, which is a mistake of the command's.
            Unavailable: no answer came.
        """
        if not _BROKER.fullmatch(path):
            raise PermissionError(f"kubectl mirror sends events to Brokers only, and not to {path}")
        sent = joined(headers, self._headers)
        return self._transport.request("POST", path, headers=sent, body=body)


class Rehearsals(NamedTuple):
    """The way to ask what would come of a write, and by which none is made.

    Args:
        transport: sends what is asked, as whoever the kubeconfig says.
    """

    transport: Transport

    def of(self, namespace: str, account: str) -> Writer:
        """Return what asks as one of kn-mirror's accounts.

        Args:
            namespace: kn-mirror's own.
            account: of it.
        """
        # Few commands ask, and all others would wait for it.
        from kubectl_mirror.access.rehearsals import asking_as  # noqa: PLC0415

        return asking_as(self.transport, namespace, account)


def joined(headers: Mapping[str, str], meant: Mapping[str, str]) -> HTTPHeaderDict:
    """Add who is meant to what is sent; of several groups each has a header of its own."""
    sent = HTTPHeaderDict(meant)
    sent.update(headers)
    return sent


def _is_object(body: bytes) -> bool:
    """Whether an answer begins and ends as one does: of long ones nobody reads all of it twice."""
    return body[:_ENDS].lstrip().startswith(b"{") and body[-_ENDS:].rstrip().endswith(b"}")


def _names_content(path: str) -> bool:
    """Whether a path is, or may be once it is tidied up on the way, that of content."""
    if path in _SETTINGS:
        return False
    parts = unquote(path).split("/")
    if ".." in parts:
        return True
    return parts[:3] == ["", "api", "v1"] and any(part in _WITH_CONTENT for part in parts)
