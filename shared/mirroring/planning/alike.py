"""Alike: of mirrors that say the same of themselves one is judged for all of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.codes import Reason
from mirroring.planning.steps import Op, Step

if TYPE_CHECKING:
    from mirroring.objects.metadata import Look
    from mirroring.planning.cells import Cell
    from mirroring.policies.sources import Source


class Alike:
    """What was judged of the mirrors of one source that are in sync.

    One fan-out writes the same on thousands of mirrors. Whether they are as the source asks is the
    same for all of them; where they may be is known of each.

    Args:
        source: theirs.
    """

    def __init__(self, source: Source) -> None:
        # What a mirror gets of labels and annotations is for its namespace to accept.
        self._is_used = not source.projection.copies
        self._kept: dict[Look, Reason] = {}

    def step(self, cell: Cell) -> Step | None:
        """Return the step of a cell whose mirror is as one that was judged; None for any other."""
        found = cell.found
        if not self._kept or found is None or not cell.is_plain:
            return None
        reason = self._kept.get(found.look)
        return None if reason is None else Step(Op.KEEP, found.ref, *reason, found)

    def note(self, cell: Cell, step: Step) -> None:
        """Note what was judged of a cell, for others that are like it."""
        if self._is_used and step.op is Op.KEEP and cell.found is not None and cell.is_plain:
            self._kept[cell.found.look] = Reason(step.because, step.code)
