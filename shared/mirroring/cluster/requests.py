"""How the API server is asked."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mirroring.cluster.protocols import Transport
    from mirroring.objects.references import Ref

JSON: Final = "application/json"
JSON_PATCH: Final = "application/json-patch+json"
METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAGE_SIZE: Final = 500  # objects
PAGE_BYTES: Final = 4 * 1024 * 1024  # of a page, decompressed; the next is read meanwhile


def path_of(ref: Ref) -> str:
    """Return the path of an object, or of a namespace."""
    return f"{path_of_all(ref)}/{ref.name}"


def path_of_all(ref: Ref) -> str:
    """Return the path of the objects of its kind in its namespace."""
    scope = f"/namespaces/{ref.namespace}" if ref.namespace else ""
    return f"/api/v1{scope}/{ref.kind.plural}"


class Counted:
    """A transport that counts what is sent by it; retries of one request are not counted.

    Args:
        transport: sends it.
        wrote: is called after every request that may have changed something.
    """

    def __init__(self, transport: Transport, wrote: Callable[[], None] | None = None) -> None:
        self._transport = transport
        self._wrote = wrote
        self._lock = Lock()
        self.calls = 0

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
        """Count, then send, as `Transport` says."""
        with self._lock:
            self.calls += 1
        try:
            return self._transport.request(
                method, path, query=query, headers=headers, body=body, most=most
            )
        finally:
            if self._wrote and method != "GET":
                self._wrote()
