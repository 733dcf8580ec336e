"""A function that does nothing but remember what it was sent."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Receiver:
    """What came, and what is answered.

    Args:
        statuses: of the answers, in order; 202 when there is none left.
        headers: of the requests that came, names in lower case.
        bodies: of the same.
    """

    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """Receive until the end of the block, and answer with these statuses."""
    receiver = Receiver(list(statuses))
    app = Flask("receiver")

    @app.post("/")
    def receive() -> Response:
        receiver.headers.append({name.lower(): value for name, value in request.headers})
        receiver.bodies.append(request.data)
        return Response(status=receiver.statuses.pop(0) if receiver.statuses else 202)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    receiver.url = f"http://127.0.0.1:{server.port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
