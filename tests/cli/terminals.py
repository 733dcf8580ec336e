"""Terminals of tests, in which a program believes that somebody looks."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LINES: Final = 50
# A line that said what was done, until there was an answer.
_GONE: Final = re.compile(r"\r\x1b\[K[^\n]*?\r\x1b\[K")


def seen_on_a_terminal(
    command: Sequence[object], columns: int, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command on a terminal of so many columns; return its exit code and what stays there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    # A terminal says by itself how wide it is.
    given = {name: each for name, each in environment.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(  # noqa: S603 (commands are the tests' own)
        [*map(str, command)], stdin=its, stdout=its, stderr=its, env=given
    )
    os.close(its)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        seen = b"".join(iter(lambda: _read(terminal.fileno()), b""))
    return process.wait(), _GONE.sub("", seen.decode().replace("\r\n", "\n"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # so Linux says that the other end was closed
        return b""
