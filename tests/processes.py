"""A function in a process of its own, in the hands of a test."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import urllib3

from sandbox.processes import Gunicorn, gunicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cloud_events import Request


def heed_signals() -> None:
    """Heed in a new process what `nohup`, or a shell that goes on without it, has it ignore."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class Served(Gunicorn):
    """A function that listens."""

    def send(self, request: Request, *, chunked: bool = False) -> urllib3.BaseHTTPResponse:
        """Send a request on a connection of its own, and wait for the answer."""
        return urllib3.request(
            "POST",
            self.url,
            # urllib3 sends in chunks what it does not know the length of.
            body=iter([request.body]) if chunked else request.body,
            headers={**request.headers, "Connection": "close"},
            retries=False,
            timeout=30,
        )

    def send_bytes(self, request: bytes) -> bytes:
        """Send bytes and say no more; return all that comes back."""
        with self.connect() as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answer:
                return answer.read()

    def connect(self, *, keeps: int = 0) -> socket.socket:
        """Open a connection.

        Args:
            keeps: how many bytes of answers may lie there unread; 0 for what is usual.
        """
        opened = socket.socket()
        if keeps:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, keeps)
        opened.settimeout(60)
        opened.connect(("127.0.0.1", int(self.url.rsplit(":")[-1].strip("/"))))
        return opened

    def terminate(self) -> None:
        """Ask gunicorn to end, as Kubernetes does."""
        self.arbiter.send_signal(signal.SIGTERM)


@contextmanager
def served(function: str, kubeconfig: Path, folder: Path, **environment: str) -> Iterator[Served]:
    """Serve a module of `functions/` until the end of the block.

    Args:
        function: its name, as in `on_resync`.
        kubeconfig: of the cluster.
        folder: for what it writes.
        environment: variables besides those of the test's own process. A test that does not say
            otherwise waits for no events that could share a resync.
    """
    app = f"functions.{function}:app"
    settings = {"KUBECONFIG": str(kubeconfig), "KN_MIRROR_RESYNC_DELAY": "0", **environment}
    with gunicorn(app, folder, **settings) as found:
        found.await_listening()
        yield Served(found.url, found.arbiter, found.out, found.err)
