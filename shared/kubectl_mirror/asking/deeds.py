"""Deeds: what the steps of a plan come to, as people ask for it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from mirroring.planning.steps import Step


class Deed(Enum):
    """What would come of one place."""

    MAKE = "make"
    CHANGE = "change"
    CHECK = "check"  # the content is compared, which decides whether it is changed
    TAKE_AWAY = "take away"
    BLOCKED = "blocked"  # nothing is done, though a mirror is asked for
    NOTE = "note"  # bookkeeping, in labels and annotations
    NOTHING = "nothing"

    @property
    def is_difference(self) -> bool:
        """Whether somebody who asks what would be done wants to know."""
        return self not in (Deed.NOTE, Deed.NOTHING)


_DEEDS: Final = {
    Op.CREATE: Deed.MAKE,
    Op.UPDATE: Deed.CHANGE,
    Op.READ: Deed.CHECK,
    Op.COMPARE: Deed.CHECK,
    Op.DELETE: Deed.TAKE_AWAY,
    Op.CONFLICT: Deed.BLOCKED,
    Op.REFUSE: Deed.BLOCKED,
    Op.FAIL: Deed.BLOCKED,
    Op.KEEP: Deed.NOTHING,
    Op.SKIP: Deed.NOTHING,
}


def deed_of(step: Step) -> Deed:
    """Return what would come of a step."""
    return Deed.BLOCKED if step.kept_for else _DEEDS.get(step.op, Deed.NOTE)
