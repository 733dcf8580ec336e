"""Own steps: what is written on a source itself, its label and whom it succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.codes import Code
from mirroring.names import SUCCEEDS
from mirroring.ownership.records import is_displaced
from mirroring.planning.steps import Op, Step
from mirroring.policies.roles import is_indexed
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.planning.snapshots import Snapshot
    from mirroring.policies.sources import Source


def first_step(snapshot: Snapshot, source: Source) -> Step | None:
    """Make sure that a source is found by its label before it has a mirror to withdraw."""
    found = source.metadata
    if found is None or source.standing.answer is Answer.NO:
        return None
    # What proves that it was a mirror goes with its record: that is looked for everywhere first.
    is_due = is_displaced(found) and snapshot.scope.is_whole
    if is_due and SUCCEEDS not in found.annotations:
        because = "its owner made a source of it, which was a mirror before"
        before = snapshot.succession.proven_predecessor(source)
        return Step(Op.PROMOTE, found.ref, because, Code.MADE_A_SOURCE, found, succeeds=before)
    if not is_indexed(found):
        return index_step(found, declared=False)
    # Nothing that its owner has fail keeps the note.
    return _disinherit(snapshot, source, found) if snapshot.scope.is_whole else None


def _disinherit(snapshot: Snapshot, source: Source, found: Metadata) -> Step | None:
    """Take off whom a source succeeds, where that one is there and permits no mirror.

    It was noted when that was gone, by mirrors that anybody may have written.
    """
    succession = snapshot.succession
    before = source.predecessor if SUCCEEDS in found.annotations else None
    if before is None or succession.has_ended(before):
        return None
    if succession.permits(before, found.ref.namespace).answer is not Answer.NO:
        return None
    because = "the source that it had permits no mirror there"
    return Step(Op.SUCCEED, found.ref, because, Code.SUCCESSION_OVER, found)


def index_step(found: Metadata, *, declared: bool) -> Step:
    """Have an object found by its label."""
    because = "it had no label to be found by"
    return Step(Op.INDEX, found.ref, because, Code.UNLABELLED, found, declared=declared)


def last_step(snapshot: Snapshot, source: Source) -> Step | None:
    """Take the label off what is no source any more: last, as it says mirrors may be left.

    The same of the note that a source has to go on with what another one leaves.
    """
    found = source.metadata
    if not found or not snapshot.scope.is_whole:
        return None
    if is_indexed(found) and source.standing.answer is Answer.NO:
        standing = source.standing
        return Step(Op.UNINDEX, found.ref, standing.because, standing.code, found)
    if SUCCEEDS not in found.annotations:
        return None
    before = source.predecessor
    if before and not snapshot.succession.has_ended(before):
        return None if is_indexed(found) else _disinherit(snapshot, source, found)
    because = "the source that it had is none any more"
    return Step(Op.SUCCEED, found.ref, because, Code.SUCCESSION_OVER, found)
