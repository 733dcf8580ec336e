"""HTTP to an API server: one pool of connections, with timeouts and retries."""

from __future__ import annotations

import logging
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

from urllib3 import HTTPHeaderDict, PoolManager, ProxyManager, Retry, Timeout
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from mirroring.errors import TooLarge, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from urllib3 import BaseHTTPResponse

    from mirroring.cluster.accounts import Account
    from mirroring.settings import Settings

_log = logging.getLogger(__name__)

# Not 500: so the API server says, too, that a webhook is not there, and waits seconds for each.
_TRANSIENT: Final = (429, 502, 503, 504)
_PIECE: Final = 64 * 1024  # bytes of an answer that are read at a time
_LONGEST_RETRY_AFTER: Final = 10  # seconds; what takes longer is for the event's own retry


class HttpTransport:
    """One pool of connections to one API server, shared by all threads of the process.

    Every request has a timeout. Requests that met 429, 502 to 504 or a broken connection are sent
    again, after the time that the server asks for: each is either a read or guarded by a
    precondition, so that twice is once. What hung until its timeout would hang again; that is left
    to the event's own retry.
    """

    def __init__(self, account: Account, settings: Settings) -> None:
        self._account = account
        self._open = _opener(account, settings)
        self._retries = settings.request_retries

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
        """Send one request and return the answer's status and body, as `Transport` says."""
        asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
        try:
            status, found = self._answer(method, f"{path}{asked}", headers, body, most)
        except HTTPError as error:
            raise Unavailable(
                f"The API server did not answer {method} {path}: {type(error).__name__}. "
                "It may later; else see that it can be reached from here."
            ) from error
        _log.debug("%s %s: %s", method, path, status)
        return status, found

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, most: int
    ) -> tuple[int, bytes]:
        if not most:
            answer = self._send(method, target, headers, body, is_whole=True)
            return answer.status, answer.data
        for _ in range(self._retries):
            # What breaks while it is read here, urllib3 does not send again.
            with suppress(ProtocolError):
                answer = self._send(method, target, headers, body, is_whole=False)
                return answer.status, _read(answer, most)
        answer = self._send(method, target, headers, body, is_whole=False)
        return answer.status, _read(answer, most)

    def _send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        is_whole: bool,
    ) -> BaseHTTPResponse:
        """Send it; once more with other credentials where these are refused and others are there.

        client-go would read its token again, too, but for the next request only.
        """
        credentials = self._account.credentials
        shown = credentials.header()
        options = {"body": body, "preload_content": is_whole}
        answer = self._open(method, target, headers=_signed(headers, shown), **options)
        if answer.status == HTTPStatus.UNAUTHORIZED and credentials.renew(shown):
            signed = _signed(headers, credentials.header())
            answer.drain_conn()
            answer = self._open(method, target, headers=signed, **options)
        return answer


def _read(answer: BaseHTTPResponse, most: int) -> bytes:
    """Read an answer piece by piece, since a short one that is packed may be of any length."""
    found = BytesIO()
    while piece := answer.read(_PIECE, decode_content=True):
        found.write(piece)
        if found.tell() > most:
            answer.close()
            raise TooLarge(f"The API server's answer has more than {most} bytes.")
    answer.release_conn()
    return found.getvalue()


def _signed(headers: Mapping[str, str], authorization: str) -> HTTPHeaderDict:
    """Add who asks; what a header says several times stays several headers."""
    signed = HTTPHeaderDict(headers)
    signed["User-Agent"] = "kn-mirror"
    if authorization:
        signed["Authorization"] = authorization
    return signed


def _opener(account: Account, settings: Settings) -> Callable[..., BaseHTTPResponse]:
    """Make what sends a request to the server, given what comes after its name."""
    retries = _retries(settings)
    options = {
        **account.tls,
        # Beyond its size the pool opens, and throws away, a TLS connection for every request.
        "maxsize": settings.writers + settings.threads,
        "timeout": Timeout(total=settings.request_timeout),
    }
    if account.proxy:
        proxied = ProxyManager(account.proxy, retries=retries, **options)
        return lambda method, target, **sent: proxied.urlopen(
            method, f"{account.server}{target}", redirect=False, **sent
        )
    # Of one server the one pool need not be looked up for every request.
    pool = PoolManager(**options).connection_from_url(account.server)
    prefix = (urlsplit(account.server).path).rstrip("/")
    return lambda method, target, **sent: pool.urlopen(
        method, f"{prefix}{target}", retries=retries, redirect=False, **sent
    )


class _Retry(Retry):
    def increment(self, *arguments: Any, **named: Any) -> Self:
        error = named.get("error")
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(*arguments, **named)


def _retries(settings: Settings) -> Retry:
    return _Retry(
        total=settings.request_retries,
        status_forcelist=_TRANSIENT,
        allowed_methods=None,
        backoff_factor=0.2,
        backoff_max=2,
        retry_after_max=_LONGEST_RETRY_AFTER,
        raise_on_status=False,
    )
