"""Pages: what a command has to say, in each format that somebody may ask for."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from kubectl_mirror.showing.documents import as_json, as_yaml
from kubectl_mirror.showing.progress import Progress
from kubectl_mirror.showing.tables import printable, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kubectl_mirror.showing.tables import Text


class Output(NamedTuple):
    """How somebody wants it shown.

    Args:
        format: `table`, `wide`, `json`, `yaml` or `name`, or another one that a page has.
        has_heads: whether a table has its first line.
        progress: says what is done until there is an answer.
    """

    format: str = "table"
    has_heads: bool = True
    progress: Progress = Progress()


class Table(NamedTuple):
    """A table.

    Args:
        heads: of the columns; none where rows speak for themselves.
        rows: below them.
        wide: how many columns at the end only `-o wide` shows.
        title: what stands above it; empty for nothing.
        foot: what stands below it; likewise.
        is_titled: whether the title is to be seen without rows, and without heads.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Text]]
    wide: int = 0
    title: str = ""
    foot: str = ""
    is_titled: bool = False


@dataclass(frozen=True)
class Page:
    """What is shown.

    Args:
        tables: for people; those without rows are left out.
        document: for programs, made when it is asked for.
        names: for other commands.
        notes: what else is to be said, beside the answer.
        others: more formats, each with what makes it when it is asked for.
    """

    tables: Sequence[Table]
    document: Callable[[], Mapping[str, Any]]
    names: Sequence[str] = ()
    notes: Sequence[str] = field(default_factory=tuple)
    others: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    def show(self, output: Output) -> None:
        """Print it, in place of what says what is done; notes go to standard error."""
        output.progress.end()
        for line in self._lines(output):
            click.echo(line)
        for note in self.notes:
            click.echo(printable(note), err=True)

    def _lines(self, output: Output) -> Iterator[str]:
        if output.format == "json":
            yield from as_json(self.document())
        elif output.format == "yaml":
            yield from as_yaml(self.document())
        elif output.format == "name":
            yield from map(printable, self.names)
        elif make := self.others.get(output.format):
            yield make()
        else:
            yield from self._tables(output)

    def _tables(self, output: Output) -> Iterator[str]:
        shown = [each for each in self.tables if each.rows or each.is_titled]
        for number, each in enumerate(shown):
            if number:
                yield ""
            if each.title and (output.has_heads or each.is_titled):
                yield each.title
            columns = len(each.heads or (each.rows or ((),))[0])
            left = columns - (0 if output.format == "wide" else each.wide)
            rows = [row[:left] for row in each.rows]
            has_heads = output.has_heads and bool(each.heads) and bool(rows)
            yield from table(each.heads[:left], rows, has_heads=has_heads, width=_width())
            if each.foot:
                yield each.foot


def _width() -> int:
    """Return how many columns the terminal has; 0 where there is none."""
    return shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0
