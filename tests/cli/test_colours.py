"""Colours: on a terminal, and only where nobody has said that there are to be none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.servers import Server

ROOT: Final = Path(__file__).parents[2]
ESCAPE: Final = b"\x1b["


def seen(server: Server, *, is_terminal: bool, **environment: str) -> bytes:
    """Run `doctor` in a process of its own, and return what it wrote to standard output."""
    reader, writer = os.openpty() if is_terminal else os.pipe()
    given = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}", **environment}
    command = [sys.executable, "-m", "kubectl_mirror", "doctor", "--pre", "-o", "table"]
    command += ["--kubeconfig", str(server.admin_kubeconfig)]
    try:
        subprocess.run(  # noqa: S603 (the command is the one above)
            command, stdout=writer, stderr=subprocess.PIPE, env=given, check=False, timeout=60
        )
        return os.read(reader, 65536)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.fixture
def server(sandbox_server: Server) -> Server:
    """Colours are the same whichever it is."""
    return sandbox_server


@pytest.mark.parametrize(
    ("is_terminal", "no_color", "are_seen"),
    [(True, "", True), (True, "1", False), (False, "", False)],
)
def test_colours_are_for_terminals_that_want_them(
    server: Server, *, is_terminal: bool, no_color: str, are_seen: bool
) -> None:
    found = seen(server, is_terminal=is_terminal, NO_COLOR=no_color)

    assert b"KM901" in found
    assert (ESCAPE in found) is are_seen
