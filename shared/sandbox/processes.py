"""Functions in processes of their own, served by gunicorn as they are in a cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT: Final = Path(__file__).parents[2]
_PAUSE: Final = 0.01
_TAIL: Final = 20
# Kills its process group when its input ends: nobody writes to it, and the kernel closes it with
# the process that holds the other end, however that ends.
_GUARD: Final = ("/bin/sh", "-c", "read -r _; kill -KILL 0")


class ProcessError(Exception):
    """A function does not start; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Gunicorn:
    """An app that gunicorn serves, or is about to.

    Args:
        url: where events go.
        arbiter: the process that was started; its only child is the worker.
        out: what they write to stdout.
        err: what they write to stderr.
    """

    url: str
    arbiter: subprocess.Popen[bytes]
    out: Path
    err: Path

    def await_listening(self, *, within: float = 60.0) -> None:
        """Wait until it can take an event.

        Raises:
            ProcessError: it ended, or `within` seconds have gone by.
        """
        deadline = time.monotonic() + within
        while not self._listens():
            if self.arbiter.poll() is not None or time.monotonic() > deadline:
                raise ProcessError(f"A function does not start. Its last words:\n{self.tail()}")
            time.sleep(_PAUSE)

    def _listens(self) -> bool:
        with suppress(urllib3.exceptions.HTTPError):
            answer = urllib3.request("GET", f"{self.url}health/live", retries=False, timeout=30)
            return answer.status == 200  # noqa: PLR2004 (OK)
        return False

    def tail(self) -> str:
        """The last that they wrote to stderr."""
        return "\n".join(self.err.read_text(errors="replace").splitlines()[-_TAIL:])


@contextmanager
def gunicorn(app: str, folder: Path, **environment: str) -> Iterator[Gunicorn]:
    """Serve an app until the end of the block, with the project's own settings of gunicorn.

    It does not outlive this process either, whatever ends that.

    Args:
        app: as in `functions.on_resync:app`.
        folder: for what it writes.
        environment: variables besides those of this process.
    """
    port = _free_port()
    name = app.partition(":")[0].rpartition(".")[2]
    out, err = folder / f"{name}.out", folder / f"{name}.err"
    with (
        out.open("ab") as stdout,
        err.open("ab") as stderr,
        _guarded_group() as group,
        subprocess.Popen(  # noqa: S603 (no input from outside)
            [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", app],
            cwd=_PROJECT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            process_group=group,
        ) as arbiter,
    ):
        try:
            yield Gunicorn(f"http://127.0.0.1:{port}/", arbiter, out, err)
        finally:
            # With its worker, which may wait for something that will not come; and with the guard.
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


@contextmanager
def _guarded_group() -> Iterator[int]:
    """Have a process group that is killed at the end of the block, and when this process is gone.

    Whatever is to be in it comes after its guard, so there is no moment in which it is unguarded.
    """
    # Leaving the context closes the guard's input.
    with subprocess.Popen(_GUARD, stdin=subprocess.PIPE, process_group=0) as guard:  # noqa: S603
        yield guard.pid


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port
