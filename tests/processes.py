"""A function in a process of its own, served by gunicorn as it is in a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import urllib3

from tests.controlplane.processes import free_ports
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cloud_events import Request

_PROJECT: Final = Path(__file__).parents[1]
_STARTED_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A function that listens.

    Args:
        url: where events go.
        process: gunicorn's first process.
        out: what it writes to stdout.
        err: what it writes to stderr.
    """

    url: str
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

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

    def terminate(self) -> None:
        """Ask gunicorn to end, as Kubernetes does."""
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def served(function: str, kubeconfig: Path, folder: Path, **environment: str) -> Iterator[Served]:
    """Serve a module of `functions/` until the end of the block.

    Args:
        function: its name, as in `on_resync`.
        kubeconfig: of the cluster.
        folder: for what it writes.
        environment: variables besides those of the test's own process.
    """
    (port,) = free_ports(1)
    out, err = folder / f"{function}.out", folder / f"{function}.err"
    with (
        out.open("wb") as stdout,
        err.open("wb") as stderr,
        subprocess.Popen(  # noqa: S603 (no input from outside)
            [sys.executable, "-m", "gunicorn", f"functions.{function}:app"],
            cwd=_PROJECT,
            env={**os.environ, "PORT": str(port), "KUBECONFIG": str(kubeconfig), **environment},
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        ) as process,
    ):
        try:
            found = Served(f"http://127.0.0.1:{port}/", process, out, err)
            eventually(lambda: _listens(found), within=_STARTED_WITHIN)
            yield found
        finally:
            _end(process)


def _listens(found: Served) -> bool:
    if found.process.poll() is not None:
        raise AssertionError(found.err.read_text())
    try:
        url = f"{found.url}health/live"
        return urllib3.request("GET", url, retries=False, timeout=30).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End gunicorn and its worker, which may wait for something that will not come."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
