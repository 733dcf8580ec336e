"""Tables, as kubectl prints them: columns that are parted by blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP: Final = "   "
_INDENT: Final = 4
_LEAST: Final = 20  # columns that are worth folding a text to


def printable(text: str) -> str:
    """Write out what a terminal would obey: whoever writes an annotation is not to be obeyed."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


class Text(NamedTuple):
    """What stands in one place of a table.

    Args:
        text: it.
        colour: by which it is seen at a glance, as click names them; empty for none.
        part: what of it is to be seen first; empty for nothing.
    """

    text: str
    colour: str = ""
    part: str = ""

    @property
    def styled(self) -> str:
        """As a terminal shows it, written out where a terminal would obey."""
        before, part, after = printable(self.text).partition(printable(self.part) or "\0")
        return f"{self._style(before)}{self._style(part, underline=True)}{self._style(after)}"

    def _style(self, text: str, *, underline: bool = False) -> str:
        is_styled = text and (self.colour or underline)
        colour = self.colour or None
        return click.style(text, fg=colour, underline=underline or None) if is_styled else text

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return len(printable(self.text))

    def folded(self, width: int) -> Sequence[Text]:
        """Part it at blanks so that each part takes no more columns, where that can be."""
        if self.width <= width:
            return [self]
        from textwrap import wrap  # noqa: PLC0415 (of rare use)

        lines = wrap(printable(self.text), width, break_long_words=False, break_on_hyphens=False)
        return [self._replace(text=line) for line in lines]


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    has_heads: bool = True,
    width: int = 0,
) -> Iterator[str]:
    """Return the lines of a table.

    A row may be shorter than the first one, where it has nothing to say in the last columns. What
    does not fit into a terminal is the last column: it is folded, or stands below the others.

    Args:
        heads: of the columns.
        rows: below them.
        has_heads: whether the heads are shown.
        width: of the terminal; 0 for no end.
    """
    shown = [[Text(each) for each in heads], *rows] if has_heads else rows
    columns = len(shown[0]) if shown else 0
    widths = [
        max((row[at].width for row in shown if at < len(row)), default=0) for at in range(columns)
    ]
    last = widths[-1] if widths else 0
    before = sum(widths[:-1]) + len(_GAP) * (columns - 1)
    room = max(width - before, 0) if width else last
    is_below = room < min(_LEAST, last)
    at, room = (_INDENT, width - _INDENT) if is_below else (before, room)
    for row in shown:
        # What is last is not filled up, so that no line ends in blanks.
        filled = [
            f"{each.styled}{' ' * (width - each.width)}"
            for each, width in zip(row[:-1], widths, strict=False)
        ]
        if len(row) < columns:
            yield _GAP.join([*filled, row[-1].styled])
            continue
        first, *others = row[-1].folded(room)
        if is_below:
            yield _GAP.join(filled).rstrip()
            others = [] if row is shown[0] and has_heads else [first, *others]
        else:
            yield _GAP.join([*filled, first.styled])
        yield from (f"{' ' * at}{each.styled}" for each in others)
