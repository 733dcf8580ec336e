"""API servers that say what a test tells them to, where a sandbox would know too much."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeVar

from mirroring.cluster.connections import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

A = TypeVar("A")
B = TypeVar("B")

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: stand-in
contexts: [{{name: stand-in, context: {{cluster: stand-in, user: stand-in}}}}]
clusters: [{{name: stand-in, cluster: {{server: {url}}}}}]
users: [{{name: stand-in, user: {{token: stand-in}}}}]
"""


def write_kubeconfig(path: Path, url: str) -> None:
    """Write how to reach a server, with the token `stand-in`."""
    path.write_text(_KUBECONFIG.format(url=url))


class OneByOne:
    """What stands in for the writing threads, so that the work always goes the same way."""

    def map(self, work: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Do it for each item, in the caller's own thread."""
        return map(work, items)


class StandIn:
    """A transport without a server, that answers every request alike.

    Args:
        status: of every answer.
        body: of every answer.
        error: is raised instead of answering.
    """

    def __init__(
        self, status: int = 404, body: bytes = b"{}", *, error: Exception | None = None
    ) -> None:
        self.requests: list[str] = []
        self._answer = (status, body)
        self._error = error

    def request(self, method: str, path: str, **_options: Any) -> tuple[int, bytes]:
        """Answer as was said."""
        self.requests.append(f"{method} {path}")
        if self._error:
            raise self._error
        return self._answer

    @property
    def connection(self) -> Connection:
        """A connection by this transport."""
        return Connection(self, OneByOne())


class SlowApi:
    """An API server over HTTP that holds every request until the test lets go; nothing is there."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.asked = threading.Event()
        self.release = threading.Event()


@contextmanager
def slow_api(kubeconfig: Path) -> Iterator[SlowApi]:
    """Run such a server, and write how to reach it."""
    api = SlowApi()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            api.requests.append(self.path)
            api.asked.set()
            api.release.wait()
            found = b'{"metadata": {}, "items": null}' if "?" in self.path else b"{}"
            self.send_response(200 if "?" in self.path else 404)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        write_kubeconfig(kubeconfig, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield api
        finally:
            api.release.set()
            server.shutdown()
            thread.join()
