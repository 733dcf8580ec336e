"""However the demonstration ends, no process of it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.lab.waiting import eventually
from tests.processes import heed_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
# Of three functions the arbiter and its worker.
GUNICORNS = 6


class Shown(NamedTuple):
    """A demonstration in a terminal, where it takes its time.

    Args:
        mark: is in the environment of each of its processes.
        terminal: the program whose window that would be.
        screen: what it has shown.
        temporary: where its temporary files are.
    """

    mark: str
    terminal: subprocess.Popen[bytes]
    screen: Path
    temporary: Path

    def processes(self, *words: str) -> list[int]:
        """Return its processes, or those whose command has all of some words."""
        return [
            int(path.name)
            for path in Path("/proc").glob("[0-9]*")
            if self.mark in read(path / "environ")
            and set(words) <= set(read(path / "cmdline").split("\0"))
        ]

    def await_end(self) -> None:
        """Wait until no process of it is left, and see that the story was not over by itself."""
        eventually(lambda: not self.processes())
        assert "steps came true" not in self.screen.read_text()


def read(path: Path) -> str:
    """Read what the kernel says of a process, unless it is gone."""
    with suppress(OSError):
        return path.read_text(errors="replace")
    return ""


@contextmanager
def shown(folder: Path) -> Iterator[Shown]:
    """Have `make demo` shown until the end of the block, at a point where all of it runs."""
    mark = uuid.uuid4().hex
    screen, temporary = folder / "screen", folder / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "TERM": "xterm"}
    # The shell stays, as a user's does: by its end the terminal would tell all others.
    shell = f"MARK={mark} make demo; sleep 600"
    command = ["script", "--quiet", "--flush", "--command", shell, str(screen)]
    with subprocess.Popen(  # noqa: S603 (no input from outside)
        command,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=heed_signals,  # noqa: PLW1509 (it takes no lock)
    ) as terminal:
        found = Shown(mark, terminal, screen, temporary)
        try:
            eventually(lambda: len(found.processes("gunicorn")) == GUNICORNS, within=60)
            yield found
        finally:
            terminal.kill()
            for each in found.processes():
                os.kill(each, signal.SIGKILL)


def test_nothing_goes_on_when_its_terminal_is_closed(tmp_path: Path) -> None:
    with shown(tmp_path) as demo:
        demo.terminal.kill()

        demo.await_end()
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_nothing_goes_on_when_make_is_ended(tmp_path: Path, ending: signal.Signals) -> None:
    with shown(tmp_path) as demo:
        [make] = demo.processes("make")
        os.kill(make, ending)

        demo.await_end()
    assert list(demo.temporary.iterdir()) == []


@pytest.mark.parametrize(
    "ending", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name
)
def test_nothing_goes_on_when_it_is_told_to_end(tmp_path: Path, ending: signal.Signals) -> None:
    with shown(tmp_path) as demo:
        [player] = demo.processes("-m", "demo")
        os.kill(player, ending)

        demo.await_end()
    assert list(demo.temporary.iterdir()) == []


def test_nothing_goes_on_when_it_is_killed(tmp_path: Path) -> None:
    """Nothing of its own could see to that: the kernel closes what its functions' guards read."""
    with shown(tmp_path) as demo:
        [player] = demo.processes("-m", "demo")
        os.kill(player, signal.SIGKILL)

        demo.await_end()
