"""How long what took, and how much of what there was: said at the end of a run."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Figures:
    """What was measured, in the order in which it was."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, what: str, figure: object, unit: str = "") -> None:
        """Take a figure down."""
        text = f"{figure:.2f}" if isinstance(figure, float) else str(figure)
        self.lines.append(f"{text:>10} {unit:<3} {what}")

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Take down how long the context lasts."""
        start = time.monotonic()
        yield
        self.say(what, time.monotonic() - start, "s")

    def write(self, terminal: pytest.TerminalReporter, title: str) -> None:
        """Say what was taken down, under a title, if anything was."""
        if self.lines:
            terminal.section(title)
        for line in self.lines:
            terminal.write_line(line)
