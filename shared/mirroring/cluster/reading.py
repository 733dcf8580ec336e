"""The reads that mirroring makes; no other module makes any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from mirroring.cluster.decoding import Decoder, namespace, namespaces
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON, METADATA, METADATA_LIST, PAGE_BYTES, PAGE_SIZE, path_of
from mirroring.errors import Expired, TooLarge
from mirroring.objects.references import NAMESPACE, Ref

if TYPE_CHECKING:
    from mirroring.cluster.protocols import Transport
    from mirroring.objects.metadata import Metadata, Namespace, Object
    from mirroring.objects.references import Kind

B = TypeVar("B")
Query = list[tuple[str, str]]
# What is on a page, and what asks for the next.
Decode = Callable[[bytes], tuple[Iterator[B], str]]

_LIST_ATTEMPTS: Final = 3
_FEWER: Final = 4  # how many times fewer objects a page has after one that was too large


class ApiReader:
    """Reads a cluster, as `Reader` says."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, ref: Ref) -> Object | None:
        """Read an object with its content; None when it is not there."""
        body = self._get(ref, accept=JSON)
        return None if body is None else Decoder(ref.kind).object(body)

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it is not there."""
        body = self._get(ref, accept=METADATA)
        return None if body is None else Decoder(ref.kind).metadata(body)

    def namespace(self, name: str) -> Namespace | None:
        """Read a namespace; None when it is not there."""
        body = self._get(Ref(NAMESPACE, "", name), accept=METADATA)
        return None if body is None else namespace(body)

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        return self._list("/api/v1/namespaces", [], namespaces)

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = lambda _: True,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects: all, or by namespace, name or labels."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        query = [("fieldSelector", f"metadata.name={name}")] if name else []
        query += [("labelSelector", selector)] if selector else []
        path = f"/api/v1{scope}/{kind.plural}"
        return self._list(path, query, partial(Decoder(kind).page, only=only))

    def _get(self, ref: Ref, *, accept: str) -> bytes | None:
        status, body = self._transport.request("GET", path_of(ref), headers={"Accept": accept})
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise refusal(f"get {ref}", status, body)
        return body

    def _list(self, path: str, query: Query, decode: Decode[B]) -> list[B]:
        """Read all pages of one state of the cluster; begin again when that state expires."""
        for _ in range(_LIST_ATTEMPTS - 1):
            with suppress(Expired):
                return self._all_pages(path, query, decode)
        return self._all_pages(path, query, decode)

    def _all_pages(self, path: str, query: Query, decode: Decode[B]) -> list[B]:
        pages = _Pages(self._transport, path, query)
        page, following = decode(pages.read(""))
        found: list[B] = []
        if following:
            # While one page is read the next is on its way.
            with ThreadPoolExecutor(1) as ahead:
                while following:
                    coming = ahead.submit(pages.read, following)
                    found += page
                    page, following = decode(coming.result())
        return [*found, *page]


@dataclass(slots=True)
class _Pages:
    """The pages of a list: of as many objects as there may be, fewer where these are large."""

    transport: Transport
    path: str
    query: Query
    size: int = PAGE_SIZE

    def read(self, following: str) -> bytes:
        """Read a page, given what the one before says of it."""
        while True:
            try:
                body = self._ask(following)
            except TooLarge:
                self.size = max(self.size // _FEWER, 1)
                continue
            if len(body) < PAGE_BYTES // _FEWER:
                self.size = min(self.size * 2, PAGE_SIZE)
            return body

    def _ask(self, following: str) -> bytes:
        query = [*self.query, ("limit", str(self.size)), ("continue", following)]
        headers = {"Accept": METADATA_LIST, "Accept-Encoding": "gzip"}
        # How large one object can be, the API server bounds.
        most = PAGE_BYTES if self.size > 1 else 0
        status, body = self.transport.request(
            "GET", self.path, query=query, headers=headers, most=most
        )
        if status != HTTPStatus.OK:
            raise refusal(f"list {self.path}", status, body)
        return body
