"""What is put between a command and the API server: who is meant, and what is never asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from urllib3 import HTTPHeaderDict

from mirroring.cluster.requests import METADATA, METADATA_LIST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.cluster.protocols import Transport

_READ_AS: Final = (METADATA, METADATA_LIST)
_WITH_CONTENT: Final = ("secrets", "configmaps")


class MetadataOnly:
    """A transport by which nothing is written, nor the content of any Secret or ConfigMap read.

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
        """
        if method != "GET":
            raise PermissionError(f"kubectl mirror writes nothing, and was to {method} {path}")
        if _names_content(path) and headers.get("Accept") not in _READ_AS:
            raise PermissionError(f"kubectl mirror reads no content, and was to read {path}")
        sent = HTTPHeaderDict(self._headers)
        sent.update(headers)
        return self._transport.request(
            method, path, query=query, headers=sent, body=body, most=most
        )


def _names_content(path: str) -> bool:
    parts = path.split("/")
    return parts[:3] == ["", "api", "v1"] and any(part in _WITH_CONTENT for part in parts)
