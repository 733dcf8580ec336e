"""What Pods write, and what changes, line by line as it comes: answers that need not end."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from urllib3 import PoolManager, ProxyManager, Timeout
from urllib3.exceptions import HTTPError

from kubectl_mirror.access.transports import joined
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import METADATA
from mirroring.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from urllib3 import BaseHTTPResponse

    from mirroring.cluster.accounts import Account

_CONNECTING: Final = 10  # seconds
_PIECE: Final = 64 * 1024  # bytes
_LONGEST: Final = 1024 * 1024  # bytes of a line; what is longer is parted


class Streams:
    """Reads the logs of Pods, and watches objects' metadata.

    Args:
        account: who asks which server.
        headers: are sent with each request, such as who is meant by `--as`.
    """

    def __init__(self, account: Account, headers: Mapping[str, str]) -> None:
        self._account, self._headers = account, headers
        # What follows a log waits as long as nothing is written.
        options = {**account.tls, "timeout": Timeout(connect=_CONNECTING, read=None)}
        proxy = account.proxy
        self._pool = ProxyManager(proxy, **options) if proxy else PoolManager(**options)

    def log(
        self, namespace: str, pod: str, container: str, query: Sequence[tuple[str, str]] = ()
    ) -> Iterator[bytes]:
        """Read the lines of a container's log, each without its end.

        Args:
            namespace: of the Pod.
            pod: its name.
            container: of it.
            query: what else is asked, as the API names it.

        Raises:
            ApiError: the log may not be read, or is not there, or broke off.
        """
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        what = f"the log of Pod {namespace}/{pod}"
        yield from self._read(path, [("container", container), *query], what, accept="*/*")

    def watch(self, path: str, query: Sequence[tuple[str, str]]) -> Iterator[bytes]:
        """Read what changes of a list of objects, of each the metadata alone.

        Args:
            path: of the list.
            query: what else is asked, as the API names it; with `resourceVersion`, from where on.

        Raises:
            ApiError: it may not be watched, or broke off.
        """
        yield from self._read(path, [("watch", "true"), *query], path, accept=METADATA)

    def _read(
        self, path: str, query: Sequence[tuple[str, str]], what: str, *, accept: str
    ) -> Iterator[bytes]:
        asked = urlencode(query, quote_via=quote)
        try:
            answer = self._open(f"{self._account.server}{path}?{asked}", accept)
            if answer.status != HTTPStatus.OK:
                raise refusal(f"get {what}", answer.status, answer.data)
            yield from _lines(answer)
        except HTTPError as error:
            raise Unavailable(
                f"{what[:1].upper()}{what[1:]} broke off: {type(error).__name__}. "
                "Ask for it once more."
            ) from error

    def _open(self, url: str, accept: str) -> BaseHTTPResponse:
        credentials = self._account.credentials
        shown = credentials.header()
        answer = self._send(url, accept, shown)
        if answer.status == HTTPStatus.UNAUTHORIZED and credentials.renew(shown):
            answer.drain_conn()
            return self._send(url, accept, credentials.header())
        return answer

    def _send(self, url: str, accept: str, authorization: str) -> BaseHTTPResponse:
        headers = joined({"Accept": accept, "User-Agent": "kn-mirror"}, self._headers)
        if authorization:
            headers["Authorization"] = authorization
        return self._pool.request(
            "GET", url, headers=headers, preload_content=False, redirect=False
        )


def _lines(answer: BaseHTTPResponse) -> Iterator[bytes]:
    left = b""
    try:
        for piece in answer.stream(_PIECE):
            *whole, left = (left + piece).split(b"\n")
            yield from whole
            if len(left) > _LONGEST:
                yield left
                left = b""
        if left:
            yield left
    finally:
        answer.close()
