"""Programs that run beside the tests and end with them."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.programs.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEASH: Final = Path(__file__).with_name("leash.py")
_TAIL: Final = 20
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """A program that runs, and the file with what it says."""

    name: str
    log: Path
    leash: subprocess.Popen[bytes]

    def await_condition(self, condition: Callable[[], bool], *, within: float) -> None:
        """Wait until `condition` is true.

        Raises:
            ProgramError: the program ended, or `within` seconds have gone by.
        """
        deadline = time.monotonic() + within
        while not condition():
            if self.leash.poll() is not None:
                raise self._error(f"ended with exit code {self.leash.returncode}")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {within:.0f} s")
            time.sleep(_PAUSE)

    def _error(self, what: str) -> ProgramError:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])
        return ProgramError(f"{self.name} {what}. The end of what it said:\n{tail}")


@contextmanager
def started(program: Path, *flags: str, folder: Path) -> Iterator[Process]:
    """Run `program` until the context ends, or until this process is gone.

    It is killed, not asked: what it stores goes the same moment.

    Args:
        program: is run as it is, without a shell.
        flags: its arguments.
        folder: where its log goes, under its name.
    """
    log = folder / f"{program.name}.log"
    command = [sys.executable, "-I", str(_LEASH), str(program), *flags]
    # A session of its own: an interrupt from the keyboard is for the tests to handle.
    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 (runs what the tests name)
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        ) as leash,
    ):
        # Leaving the context closes the leash's input, by which it kills the program, and waits.
        yield Process(program.name, log, leash)
