"""Requests as urllib3 sends them, made before they are timed: what cannot be done without."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import urllib3

from tests.bench.serving import BenchError
from tests.lab.api import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.lab.controlplane import ControlPlane

THREADS: Final = 16  # as many as a function writes by unless it is told otherwise
PAGE_SIZE: Final = 500  # as many objects as a function asks for at once

# As mirroring asks for it: metadata alone are a fraction of what was written.
_METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# A list begins with its own metadata.
_BEGINNING: Final = 2000
_CONTINUE: Final = re.compile(rb'"continue":"([^"]+)"')
_TIMEOUT: Final = 120.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it goes over the wire.

    Args:
        method: of HTTP.
        path: with the query.
        body: serialized.
        content_type: of the body.
    """

    method: str
    path: str
    body: bytes | None = None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Fetched:
    """Lists that were read to their ends.

    Args:
        seconds: from the first request to the last answer.
        further_pages: how many requests there were beside one for each list.
    """

    seconds: float
    further_pages: int


class Bare:
    """urllib3, with as many threads as a function writes by.

    Args:
        plane: the API server.
        user: whose token is sent.
    """

    def __init__(self, plane: ControlPlane, user: str = "functions") -> None:
        url = urllib3.util.parse_url(plane.url)
        self._pool = urllib3.HTTPSConnectionPool(
            url.host or "",
            url.port,
            maxsize=THREADS,
            ca_certs=str(plane.ca_file),
            retries=False,
            timeout=_TIMEOUT,
        )
        self._threads = ThreadPoolExecutor(THREADS)
        self._headers = {
            "Authorization": f"Bearer {plane.tokens[user]}",
            "User-Agent": "kn-mirror",
            "Accept": _METADATA,
        }

    def send(self, requests: Sequence[Request]) -> float:
        """Send all of them; return the seconds until the last was answered.

        Raises:
            BenchError: not every one was done.
        """
        waiting = iter(requests)
        start = time.perf_counter()
        each = [self._threads.submit(self._send_all, waiting) for _ in range(THREADS)]
        refused = [answer for one in each for answer in one.result()]
        seconds = time.perf_counter() - start
        if refused:
            raise BenchError(f"{len(refused)} bare requests were refused; the first: {refused[0]}")
        return seconds

    def _send_all(self, waiting: Iterator[Request]) -> list[str]:
        """Send what no other thread has taken yet; return what was said of those not done."""
        refused = []
        for request in waiting:
            headers = {**self._headers, "Content-Type": request.content_type}
            answer = self._pool.urlopen(request.method, request.path, request.body, headers)
            if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                refused.append(f"{request.method} {request.path}: {answer.data.decode()[:300]}")
        return refused

    def fetch(self, lists: Sequence[str]) -> Fetched:
        """Read lists of metadata to their ends, one after the other as a function does.

        Nothing of them is decoded but the position of the next page.

        Args:
            lists: paths, with queries.
        """
        start = time.perf_counter()
        pages = sum(1 for path in lists for _ in self._pages(path))
        return Fetched(time.perf_counter() - start, pages - len(lists))

    def items(self, path: str, *, whole: bool = False) -> Iterator[dict[str, Any]]:
        """Read a list, decoded; of the objects the metadata alone unless they are wanted whole."""
        for page in self._pages(path, accept=JSON if whole else _METADATA_LIST):
            yield from json.loads(page)["items"] or ()

    def _pages(self, path: str, *, accept: str = _METADATA_LIST) -> Iterator[bytes]:
        headers = {**self._headers, "Accept": accept, "Accept-Encoding": "gzip"}
        joint = "&" if "?" in path else "?"
        following = first = f"{path}{joint}limit={PAGE_SIZE}"
        while following:
            answer = self._pool.urlopen("GET", following, headers=headers)
            if answer.status != HTTPStatus.OK:
                raise BenchError(f"GET {following} was answered {answer.status}")
            yield answer.data
            more = _CONTINUE.search(answer.data, 0, _BEGINNING)
            following = f"{first}&continue={quote(more[1].decode())}" if more else ""

    def close(self) -> None:
        """Close the connections, and end the threads."""
        self._threads.shutdown()
        self._pool.close()


def create(path: str, body: Any) -> Request:
    """Make the request that creates an object in the collection at `path`."""
    return Request("POST", f"{path}?fieldManager=kn-mirror", json.dumps(body).encode())


def serialized(bodies: Iterable[tuple[str, Any]]) -> list[Request]:
    """Make the requests that create objects: each the path of a collection, and a body."""
    return [create(path, body) for path, body in bodies]
