"""Programs that run beside the tests and end with them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.lab.programs.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

_LEASH: Final = Path(__file__).with_name("leash.py")
_TAIL: Final = 20
_PAUSE: Final = 0.02


class Process:
    """A program on a leash, which a test may kill and start again.

    Args:
        program: is run as it is, without a shell.
        flags: its arguments.
        folder: where its log goes.
        name: of the log; the program's own unless it is given.
        environment: variables besides those of this process.
        inside: a command that runs the command which follows it, somewhere else.
        leash: the script that runs it, and ends it when its own input ends.
    """

    def __init__(
        self,
        program: Path,
        *flags: str,
        folder: Path,
        name: str = "",
        environment: Mapping[str, str] | None = None,
        inside: tuple[str, ...] = (),
        leash: Path = _LEASH,
    ) -> None:
        self.name = name or program.name
        self.log = folder / f"{self.name}.log"
        self._command = [sys.executable, "-I", str(leash), *inside, str(program), *flags]
        self._environment = {**os.environ, **(environment or {})}
        self._leash: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._leash.poll() if self._leash else 0

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Run it until the context ends, or until this process is gone.

        It is killed, not asked: what it stores goes the same moment.
        """
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def start(self) -> None:
        """Run it; what it says is added to what it said before."""
        with self.log.open("ab") as output:
            # A session of its own: an interrupt from the keyboard is for the tests to handle.
            self._leash = subprocess.Popen(  # noqa: S603 (runs what the tests name)
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it, by SIGKILL, and wait until it is gone."""
        if self._leash:
            with self._leash:
                # Leaving the context closes the leash's input, by which it kills the program.
                pass

    def await_condition(self, condition: Callable[[], bool], *, within: float) -> None:
        """Wait until `condition` is true.

        Raises:
            ProgramError: the program ended, or `within` seconds have gone by.
        """
        deadline = time.monotonic() + within
        while not condition():
            if self.ended is not None:
                raise self._error(f"ended with exit code {self.ended}")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {within:.0f} s")
            time.sleep(_PAUSE)

    def _error(self, what: str) -> ProgramError:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])
        return ProgramError(f"{self.name} {what}. The end of what it said:\n{tail}")


def started(
    program: Path,
    *flags: str,
    folder: Path,
    name: str = "",
    environment: Mapping[str, str] | None = None,
) -> AbstractContextManager[Process]:
    """Run a `Process` until the context ends."""
    return Process(program, *flags, folder=folder, name=name, environment=environment).running()


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports of the loopback interface that nothing listens on, each another."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for unused in sockets:
            unused.bind(("127.0.0.1", 0))
        return tuple(unused.getsockname()[1] for unused in sockets)
