"""A place for a machine: network, mount and process namespaces, and a wire to them."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from tests.lab.node import addresses
from tests.lab.node.keeper import WIRE
from tests.lab.programs.errors import ProgramError
from tests.lab.programs.processes import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_INIT: Final = Path(__file__).with_name("init.py")
_KEEPER: Final = Path(__file__).with_name("keeper.py")
_DEADLINE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Namespaces to run programs in, which all end with it.

    Args:
        folder: for files, the same within and without.
        pid: of its first process, as it is seen from without.
    """

    folder: Path
    pid: int

    @property
    def entrance(self) -> tuple[str, ...]:
        """The command that runs in it whatever command follows."""
        enter = ("nsenter", f"--target={self.pid}", "--net", "--mount", "--pid", "--")
        # What waits without for a program within takes it along when it is killed.
        return (*enter, "setpriv", "--pdeathsig=KILL", "--")

    def process(self, program: Path, *flags: str) -> Process:
        """Return a program that is to run in it; its log is in `folder`."""
        return Process(program, *flags, folder=self.folder, inside=self.entrance)

    def started(self, program: Path, *flags: str) -> AbstractContextManager[Process]:
        """Run a program in it until the context ends."""
        return self.process(program, *flags).running()

    def run(
        self, program: Path | str, *arguments: str, fed: Callable[[IO[bytes]], object] | None = None
    ) -> str:
        """Run a program in it to its end, and return what it said.

        Args:
            program: its path, or its name within.
            arguments: of it.
            fed: writes its standard input.

        Raises:
            ProgramError: it failed.
        """
        command = [*self.entrance, str(program), *arguments]
        return _run(command, fed)


@contextmanager
def enclosure() -> Iterator[Enclosure]:
    """Make an enclosure that the host reaches, and leave nothing of it.

    It goes when the context ends, and also when this process is killed.

    Raises:
        ProgramError: it cannot be made here.
    """
    with tempfile.TemporaryDirectory(prefix="kn-mirror-node-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Process(
            _INIT, str(folder), folder=folder, name="machine", leash=_KEEPER
        ).running() as first:
            known = [folder / "furnished", folder / "pid"]
            first.await_condition(lambda: all(map(Path.exists, known)), within=_DEADLINE)
            made = Enclosure(folder, int((folder / "pid").read_text()))
            _wire(made)
            yield made


def _wire(made: Enclosure) -> None:
    """Lay a wire between host and enclosure, which goes with the enclosure."""
    here, there = WIRE, "host"
    _run(["ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", str(made.pid)])
    made.run("ip", "address", "add", f"{addresses.NODE}/24", "dev", there)
    made.run("ip", "link", "set", there, "up")
    made.run("ip", "route", "add", "default", "via", addresses.HOST)
    _run(["ip", "address", "add", f"{addresses.HOST}/24", "dev", here])
    _run(["ip", "link", "set", here, "up"])
    for network in (addresses.PODS, addresses.SERVICES):
        _run(["ip", "route", "add", network, "via", addresses.NODE])


def _run(command: list[str], fed: Callable[[IO[bytes]], object] | None = None) -> str:
    process = subprocess.Popen(  # noqa: S603 (no input from outside)
        command,
        stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if fed:
        assert process.stdin
        fed(process.stdin)
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode:
        raise ProgramError(f"{' '.join(command)} failed: {said}")
    return said
