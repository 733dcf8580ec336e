"""States: what a cluster may be like at one place, and what is said and done about each.

A table to be read as a specification: each sentence is to be true of what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.cli.states import hindered, misread, pulled, settled, unwanted, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.codes import Code
    from tests.cli.states.rows import Row

ROWS: Final[tuple[Row, ...]] = (
    *settled.ROWS,
    *written.ROWS,
    *unwanted.ROWS,
    *hindered.ROWS,
    *pulled.ROWS,
    *misread.ROWS,
)


def examples() -> Mapping[Code, str]:
    """Return a sentence of each code that `explain` shows, as it is said of Secret prod/tls."""
    said = [each for row in ROWS for each in (row.said, row.after) if each]
    said += [each for row in ROWS for each in row.problems]
    return {each.code: each.sentence for each in reversed(said) if each.code}
