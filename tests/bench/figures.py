"""What was measured, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADINGS: Final = ("figure", "ours", "bare", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A time beside the time of what cannot be done without.

    Args:
        name: what was timed.
        ours: in seconds.
        bare: in seconds.
        goal: how many times `bare` it may take.
    """

    name: str
    ours: float
    bare: float
    goal: float

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""
        ratio = self.ours / self.bare
        times = (f"{self.ours * 1000:.0f} ms", f"{self.bare * 1000:.0f} ms", f"{ratio:.2f}")
        return (self.name, *times, f"≤ {self.goal}", _yes_or_no(met=ratio <= self.goal))


@dataclass(frozen=True, slots=True)
class Memory:
    """The most memory that a process has held, in megabytes; a goal of None is none."""

    name: str
    ours: float
    goal: float | None = None

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""
        measured = (self.name, f"{self.ours:.0f} MB", "", "")
        if self.goal is None:
            return (*measured, "", "")
        return (*measured, f"≤ {self.goal:.0f} MB", _yes_or_no(met=self.ours <= self.goal))


def table(figures: Iterable[Ratio | Memory]) -> str:
    """Lay the figures out in columns: the first to the left, the others to the right."""
    rows = [_HEADINGS, *(figure.row() for figure in figures)]
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        row[0].ljust(first)
        + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True))
        for row in rows
    )


def _yes_or_no(*, met: bool) -> str:
    return "yes" if met else "no"
