"""Functions' places taken by something that remembers what was sent there."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import urllib3
from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Of one connection, and not of the message (RFC 9110, section 7.6.1).
_HOP_BY_HOP: Final = frozenset({"connection", "content-length", "host", "transfer-encoding"})


@dataclass
class Receiver:
    """What came, and what is answered.

    Args:
        statuses: of the answers, in order; when there is none left it answers as it does.
        headers: of the requests that came, names in lower case.
        bodies: of the same.
        status: of every answer while it is set, whatever else would be answered.
        answers: the statuses of those that were given, 0 for one that could not be.
        accepted: the ids of the events that were taken: answered by 2xx.
    """

    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    status: int | None = None
    answers: list[int] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody has no answer yet."""
        return len(self.answers) < len(self.headers)

    @property
    def refused(self) -> set[str]:
        """The ids of the events that came and were not taken: whoever sends them comes again."""
        return {each.get("ce-id", "") for each in self.headers} - self.accepted

    @contextmanager
    def answering(self, status: int) -> Iterator[None]:
        """Give every request the same answer, and pass none on, while the context lasts."""
        self.status = status
        try:
            yield
        finally:
            self.status = None


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """Receive until the end of the block, and answer with these statuses, then with 202."""
    with _listening(Receiver(list(statuses)), lambda _headers, _body: 202) as receiver:
        yield receiver


@contextmanager
def forwarding(url: str) -> Iterator[Receiver]:
    """Receive until the end of the block what is meant for another place, and pass it on."""
    with urllib3.PoolManager(maxsize=256, retries=False, timeout=120) as pool:

        def forward(headers: dict[str, str], body: bytes) -> int:
            return pool.request("POST", url, body=body, headers=headers).status

        with _listening(Receiver(), forward) as receiver:
            yield receiver


@contextmanager
def _listening(
    receiver: Receiver, answer: Callable[[dict[str, str], bytes], int]
) -> Iterator[Receiver]:
    app = Flask("receiver")

    @app.post("/")
    def receive() -> Response:
        headers = {name.lower(): value for name, value in request.headers}
        receiver.headers.append(headers)
        receiver.bodies.append(request.data)
        status = 0
        try:
            status = status_for(headers)
        finally:
            receiver.answers.append(status)
            if status // 100 == 2:
                receiver.accepted.add(headers.get("ce-id", ""))
        return Response(status=status)

    def status_for(headers: dict[str, str]) -> int:
        if receiver.status:
            return receiver.status
        if receiver.statuses:
            return receiver.statuses.pop(0)
        passed_on = {name: headers[name] for name in headers.keys() - _HOP_BY_HOP}
        return answer(passed_on, request.data)

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    receiver.url = f"http://127.0.0.1:{server.port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Silent(WSGIRequestHandler):
    """Logs no requests: the receiver remembers them."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
