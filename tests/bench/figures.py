"""What was measured beside what was wished for, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADINGS: Final = ("figure", "ours", "bare", "ratio", "goal", "met")
_LONG: Final = 10.0  # seconds, from which on nobody wants milliseconds


class Figure(Protocol):
    """Something that was measured."""

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A time beside the time of what cannot be done without.

    Args:
        name: what was timed.
        ours: in seconds.
        bare: in seconds.
        goal: how many times `bare` it may take; None is no goal.
    """

    name: str
    ours: float
    bare: float
    goal: float | None = None

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""
        ratio = self.ours / self.bare
        measured = (self.name, duration(self.ours), duration(self.bare), f"{ratio:.2f}")
        if self.goal is None:
            return (*measured, "", "")
        return (*measured, f"≤ {self.goal}", _yes_or_no(met=ratio <= self.goal))


@dataclass(frozen=True, slots=True)
class Time:
    """A time that has a limit of its own, both in seconds."""

    name: str
    ours: float
    goal: float

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""
        met = _yes_or_no(met=self.ours <= self.goal)
        return (self.name, duration(self.ours), "", "", f"≤ {duration(self.goal)}", met)


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


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened.

    Args:
        name: what.
        ours: how often.
        goal: how often it should.
        at_most: whether less is as good.
    """

    name: str
    ours: int
    goal: int
    at_most: bool = False

    def row(self) -> tuple[str, ...]:
        """Say it in a row of the table."""
        sign = "≤" if self.at_most else "="
        met = self.ours <= self.goal if self.at_most else self.ours == self.goal
        return (self.name, f"{self.ours:,}", "", "", f"{sign} {self.goal:,}", _yes_or_no(met=met))


def duration(seconds: float) -> str:
    """Say how long something took."""
    return f"{seconds:.1f} s" if seconds >= _LONG else f"{seconds * 1000:.0f} ms"


def table(figures: Iterable[Figure]) -> str:
    """Lay the figures out in columns: the first to the left, the others to the right."""
    rows = [_HEADINGS, *(figure.row() for figure in figures)]
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        row[0].ljust(first)
        + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True))
        for row in rows
    )


def markdown(figures: Iterable[Figure]) -> str:
    """Lay the figures out as a table of Markdown."""
    return markdown_table(_HEADINGS, (figure.row() for figure in figures))


def markdown_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Lay rows out as a table of Markdown: the first column to the left, others to the right."""
    named = list(headings)
    ruler = ["---", *("---:" for _ in named[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (named, ruler, *rows))


def _yes_or_no(*, met: bool) -> str:
    return "yes" if met else "no"
