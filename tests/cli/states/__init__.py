"""States: what a cluster may be like at one place, and what is said and done about each.

A table to be read as a specification: each sentence is to be true of what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.cli.states import hindered, misread, pulled, settled, unwanted, written

if TYPE_CHECKING:
    from tests.cli.states.rows import Row

ROWS: Final[tuple[Row, ...]] = (
    *settled.ROWS,
    *written.ROWS,
    *unwanted.ROWS,
    *hindered.ROWS,
    *pulled.ROWS,
    *misread.ROWS,
)
