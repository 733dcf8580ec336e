"""Progress: what is seen on a terminal while a command takes its time, and what stays there."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Final

import pytest

from kubectl_mirror.commands import main
from kubectl_mirror.showing import progress
from mirroring import names
from tests.cli.conftest import HELD
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

ANEW: Final = "\r\x1b[K"
SAID: Final = f"{ANEW}Looking at the cluster …{ANEW}"
COMMANDS: Final = [
    "status -A",
    "status prod/tls -o json",
    "explain prod/tls -n dev",
    "plan prod/tls",
    "tree -A",
    "log",
    "migrate",
    "status no-such/thing",
    "explain certs/no-such-thing",
]


class Terminal(io.StringIO):
    """A terminal, or what else a stream leads to, that keeps what was written in its order."""

    def __init__(self, *, is_one: bool) -> None:
        super().__init__()
        self._is_one = is_one

    def isatty(self) -> bool:
        """Say whether it is one."""
        return self._is_one


class AtOnce:
    """A timer whose time is over when it starts."""

    daemon = False

    def __init__(self, _seconds: float, act: Callable[[], None]) -> None:
        self._act = act

    def start(self) -> None:
        """Act."""
        self._act()

    def cancel(self) -> None:
        """Do nothing: it is over."""


@pytest.fixture
def seen(
    server: Server, workbench: Workbench, teams: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Terminal], str]:
    """Run a command for which every second is over at once; return what both streams got."""
    assert teams
    annotations = PERMISSION | {names.AUTO_NAMESPACES: "dev"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=annotations)
    monkeypatch.setenv("KUBECONFIG", str(server.admin_kubeconfig))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "Timer", AtOnce)

    def run(command: str, terminal: Terminal) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            patch.setattr(sys, "stderr", terminal)
            main(command.split())
        return terminal.getvalue()

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_done_is_said_and_gone_before_the_answer(
    seen: Callable[[str, Terminal], str], command: str
) -> None:
    said = seen(command, Terminal(is_one=True))

    assert said.startswith(SAID)
    assert said != SAID
    assert ANEW not in said.removeprefix(SAID)


def test_of_the_checks_of_a_doctor_each_is_said(seen: Callable[[str, Terminal], str]) -> None:
    said = seen("doctor --pre", Terminal(is_one=True))

    assert f"{ANEW}API server: it is new enough …{ANEW}" in said
    assert said.endswith(f".\n{ANEW}")


def test_on_a_terminal_that_takes_no_line_away_nothing_is_said(
    seen: Callable[[str, Terminal], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")

    assert ANEW not in seen("status -A", Terminal(is_one=True))


@pytest.mark.parametrize("command", [*COMMANDS, "doctor --pre"])
def test_where_nobody_looks_nothing_is_said(
    seen: Callable[[str, Terminal], str], command: str
) -> None:
    assert ANEW not in seen(command, Terminal(is_one=False))
