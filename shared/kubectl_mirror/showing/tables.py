"""Tables, as kubectl prints them: columns that are parted by blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP = "   "


class Text(NamedTuple):
    """What stands in one place of a table.

    Args:
        text: it.
        colour: by which it is seen at a glance, as click names them; empty for none.
    """

    text: str
    colour: str = ""


def table(
    heads: Sequence[str], rows: Sequence[Sequence[Text]], *, has_heads: bool = True
) -> Iterator[str]:
    """Return the lines of a table; the last column is as wide as it is.

    A row may be shorter than the first one, where it has nothing to say in the last columns.
    """
    shown = [[Text(each) for each in heads], *rows] if has_heads else rows
    widths = [
        max((len(row[at].text) for row in shown if at < len(row)), default=0)
        for at in range(len(heads))
    ]
    for row in shown:
        # What is last is not filled up, so that no line ends in blanks.
        cells = [
            f"{_styled(each)}{' ' * (width - len(each.text))}"
            for each, width in zip(row[:-1], widths, strict=False)
        ]
        yield _GAP.join([*cells, _styled(row[-1])])


def _styled(text: Text) -> str:
    return click.style(text.text, fg=text.colour) if text.colour else text.text
