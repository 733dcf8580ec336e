"""Pages of docs/how-to: their commands run in a cluster of their own, beside what they print."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "docs" / "how-to"
_BLOCK: Final = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)

# Runs the words of a command, and returns what it prints.
Run = Callable[[list[str]], str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Args:
        path: of its file.
    """

    path: Path

    @property
    def commands(self) -> list[str]:
        """The commands that it shows, in their order."""
        return [found["command"] for found in _BLOCK.finditer(self.path.read_text())]

    def written_by(self, run: Run) -> str:
        """Return the page with what its commands print now."""

        def block(found: re.Match[str]) -> str:
            command = found["command"]
            printed = run(shlex.split(command))
            return f"```console\n$ {command}\n{printed}```"

        return _BLOCK.sub(block, self.path.read_text())


def pages() -> list[Page]:
    """All of them."""
    return [Page(path) for path in sorted(FOLDER.glob("*.md"))]
