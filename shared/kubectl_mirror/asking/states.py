"""States of a mirror, as people ask for them: a summary of what the one judgement says."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code
from mirroring.ownership.records import record_of
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from mirroring.planning.steps import Step


class State(Enum):
    """How a mirror is, or why it is not there."""

    IN_SYNC = "in sync"
    STAYS = "stays"  # as it is: somebody asks for that, or cannot be read
    BEHIND = "behind"  # of its source's latest change
    PENDING = "pending"  # its source was written since; whether its content was, a resync sees
    EDITED = "edited"  # by somebody else, as far as metadata show
    MISSING = "missing"
    LEAVING = "leaving"  # it is not permitted any more
    BLOCKED = "blocked"  # something else has its place
    CONTESTED = "contested"  # another source wants its place, or somebody undoes each repair
    REFUSED = "refused"  # a pull mirror whose source does not permit it
    UNKNOWN = "unknown"  # looking at it failed

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done, by kn-mirror or by anybody."""
        return self in (State.IN_SYNC, State.STAYS)

    @property
    def is_due(self) -> bool:
        """Whether kn-mirror is to do something; the rest takes an owner, or is well."""
        return self in (
            State.MISSING,
            State.BEHIND,
            State.PENDING,
            State.EDITED,
            State.LEAVING,
        )


_STATES: Final = {
    Op.KEEP: State.IN_SYNC,
    # These write bookkeeping alone.
    Op.REKEY: State.IN_SYNC,
    Op.NOTE: State.IN_SYNC,
    Op.CEDE: State.IN_SYNC,
    Op.UPDATE: State.BEHIND,
    Op.READ: State.PENDING,
    Op.COMPARE: State.EDITED,
    Op.CREATE: State.MISSING,
    Op.DELETE: State.LEAVING,
    Op.REFUSE: State.REFUSED,
    Op.FAIL: State.UNKNOWN,
}


# By these a mirror is left as it is that holds what its source does.
_OF_CONTENT: Final = (Code.IN_SYNC, Code.FORMER_KEY)


def state_of(step: Step) -> State | None:
    """Return the state of the mirror that a step is about; None where none is to be there."""
    if step.op is Op.KEEP and step.code not in _OF_CONTENT:
        return State.STAYS
    if step.op is Op.CONFLICT:
        return State.CONTESTED if step.rival or _is_a_mirror(step) else State.BLOCKED
    if step.op is Op.SKIP and step.kept_for:
        return State.MISSING
    return _STATES.get(step.op)


def _is_a_mirror(step: Step) -> bool:
    return step.seen is not None and record_of(step.seen) is not None
