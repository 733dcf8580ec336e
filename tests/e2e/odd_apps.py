"""Apps that only a test has, for the worker that serves functions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mirroring.serving.incoming import Incoming
from mirroring.serving.sockets import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

LARGE: Final = 4 * 1024 * 1024  # bytes, more than any connection takes of what nobody reads
SAID: Final = "kept-to-itself"  # by what is raised


def large_answers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer `GET /large` at length, and anything else with nothing."""
    size = LARGE if environ["PATH_INFO"] == "/large" else 0
    start_response("200 OK", [("Content-Length", str(size))])
    return [b" " * size]


def raising(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer, and have the worker's own loop raise from then on at whatever a path names."""
    _have_the_worker_raise()
    environ["gunicorn.socket"].path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Length", "0")])
    return []


@cache
def _have_the_worker_raise() -> None:
    _raise_in(Incoming, "progress", lambda each: each.begins_with(b"GET /as-it-comes "))
    _raise_in(Incoming, "split", lambda each: each.begins_with(b"GET /as-it-begins "))
    _raise_in(Connection, "finish", lambda each: vars(each.sock).get("path") == "/as-it-ends")


def _raise_in(owner: type, name: str, is_meant: Callable[[Any], bool]) -> None:
    method = getattr(owner, name)

    def raise_or_not(self: Any, **named: Any) -> Any:
        if is_meant(self):
            raise RuntimeError(SAID)
        return method(self, **named)

    setattr(owner, name, raise_or_not)
