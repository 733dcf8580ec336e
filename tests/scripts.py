"""API servers that answer, and see, what a test says."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from ssl import SSLContext

Reply = tuple[int, dict[str, str]]
OK: Reply = (200, {})


class Seen(NamedTuple):
    """A request as it came."""

    client: tuple[str, int]
    path: str
    headers: Message
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    """Answers as the test says, 200 when it says nothing more; status 0 breaks the connection."""

    protocol_version = "HTTP/1.1"
    replies: ClassVar[list[Reply]]
    seen: ClassVar[list[Seen]]
    before: ClassVar[Callable[[], object]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append(Seen(self.client_address, self.path, self.headers, body))
        type(self).before()
        status, headers = self.replies.pop(0) if self.replies else OK
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_PATCH = do_CONNECT = _answer  # noqa: N815 (named by http.server)

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_request: object) -> None:
        """Say nothing of clients that go, or never come in."""


@contextmanager
def serving(
    *replies: Reply, before: Callable[[], object] = int, tls: SSLContext | None = None
) -> Iterator[tuple[str, list[Seen]]]:
    """Serve until the end of the block; give the URL, and the requests as they come.

    Args:
        replies: to the first requests.
        before: is called before each.
        tls: how connections are secured; without it they are not.
    """
    seen: list[Seen] = []
    scheme = "https" if tls else "http"
    scripted = {"replies": list(replies), "seen": seen, "before": before}
    handler = type("Handler", (_Handler,), scripted)
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            # Each handshake in its connection's own thread.
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()
