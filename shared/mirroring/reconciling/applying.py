"""Applying a plan: each step on its own, so that one that fails stops no other."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.cluster.abridging import light
from mirroring.codes import Code, Reason
from mirroring.errors import (
    AlreadyExists,
    ApiError,
    Forbidden,
    Invalid,
    NamespaceGone,
    Stale,
    Unavailable,
    account_of,
    code_of,
)
from mirroring.objects.changes import Delete, Patch
from mirroring.planning import drift
from mirroring.planning.steps import TOLD, Op
from mirroring.reconciling.filling import Filling
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.protocols import Reader, Writer
    from mirroring.objects.changes import Change
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.planning.manifests import Manifest
    from mirroring.planning.steps import Step

_ACTIONS: Final[Mapping[Op, Action]] = {
    Op.CREATE: Action.CREATED,
    Op.UPDATE: Action.UPDATED,
    Op.DELETE: Action.DELETED,
    Op.INDEX: Action.INDEXED,
    Op.NOTE: Action.INDEXED,
    Op.REKEY: Action.INDEXED,
    Op.CEDE: Action.INDEXED,
    Op.UNINDEX: Action.INDEXED,
    Op.PROMOTE: Action.INDEXED,
    Op.SUCCEED: Action.INDEXED,
    Op.KEEP: Action.UNCHANGED,
    Op.CONFLICT: Action.CONFLICT,
    Op.REFUSE: Action.REFUSED,
}
_MIRRORS: Final = (Op.UPDATE, Op.COMPARE)


class Applied(NamedTuple):
    """What came of a step.

    Args:
        step: it.
        outcome: what became of its target; None when that was no longer as it was judged, so that
            it has to be looked at again.
        now: what is there when only its labels and annotations were written.
        wrote: whether anything was written.
        is_unanswered: whether the API server, or what it has to ask, did not answer.
    """

    step: Step
    outcome: Outcome | None
    now: Metadata | None = None
    wrote: bool = False
    is_unanswered: bool = False

    def light(self, judged: Step) -> Applied:
        """Return the same without what is long in objects, of which a row may have thousands.

        Args:
            judged: the step before it was known what is there now.
        """
        now = light(self.now) if self.now else None
        return self._replace(step=self.step._replace(seen=judged.seen), now=now)


@dataclass(frozen=True, slots=True)
class Applier:
    """Applies steps.

    Args:
        reader: reads what may have been edited.
        writer: writes.
    """

    reader: Reader
    writer: Writer

    def apply(self, step: Step, manifest: Manifest) -> Applied:
        """Do what a step says, whatever comes of it."""
        if step.op is Op.FAIL:
            failed = self._outcome(Action.FAILED, step, manifest, step.because, step.code)
            return Applied(step, failed._replace(retry=True))
        try:
            return self._do(step, manifest)
        except (AlreadyExists, Stale):
            return Applied(step, None)
        except NamespaceGone as error:
            skipped = self._outcome(Action.SKIPPED, step, manifest, str(error), error.code)
            return Applied(step, skipped)
        except Exception as error:
            # What is refused for a reason of its own is refused the next time, too.
            retry = not isinstance(error, (Forbidden, Invalid))
            because, code = account_of(error), code_of(error)
            outcome = self._outcome(Action.FAILED, step, manifest, because, code)
            outcome = outcome._replace(retry=retry, said=_said_of(error))
            return Applied(step, outcome, is_unanswered=isinstance(error, Unavailable))

    def _do(self, step: Step, manifest: Manifest) -> Applied:
        step = self._seen_whole(step, manifest)
        if step.declared:
            return self._fill(step, manifest)
        if step.seen and step.op in _MIRRORS:
            return self._put_right(step, step.seen, manifest)
        change = manifest.change(step)
        now = self.writer.apply(change) if change else None
        outcome = self._outcome(_ACTIONS[step.op], step, manifest, step.because, step.code)
        return Applied(step, outcome, now, wrote=change is not None)

    def _seen_whole(self, step: Step, manifest: Manifest) -> Step:
        """Read what was judged by a part: what is written of it has to keep the rest."""
        if step.seen is None or not step.seen.is_partial or step.op in TOLD:
            return step
        seen, source = self.reader.metadata(step.seen.ref), manifest.source
        if seen is None or seen.version != step.seen.version:
            raise Stale(f"{step.seen.ref} is no longer what was looked at. It is looked at again.")
        is_right = drift.of_labels(seen, source.ref) and drift.of_source(source, seen)
        if step.op is Op.UPDATE and not step.declared and is_right and drift.possible(seen):
            because, code = drift.IN_SYNC.because, drift.IN_SYNC.code
            return step._replace(op=Op.KEEP, seen=seen, because=because, code=code)
        return step._replace(seen=seen)

    def _fill(self, step: Step, manifest: Manifest) -> Applied:
        filling = Filling(self._read, self.writer.apply)
        decided = filling.decide(step, manifest)
        now = filling.write(decided, manifest)
        action, because, code = _ACTIONS[decided.op], decided.because, decided.code
        outcome = self._outcome(action, step, manifest, because, code)
        return Applied(step, outcome, now, wrote=now is not None)

    def _put_right(self, step: Step, seen: Metadata, manifest: Manifest) -> Applied:
        """Bring a mirror in line with its source, if it has to be; one that cannot is made anew."""
        if step.op is Op.COMPARE:
            there = self._read(seen)
            if there.content == manifest.source.content:
                if touch := manifest.touched(there):
                    self.writer.apply(touch)
                because = f"{step.because}, but it is the source's"
                outcome = self._outcome(Action.UNCHANGED, step, manifest, because, Code.IN_SYNC)
                return Applied(step, outcome)
            change: Change | None = manifest.repaired(there)
        else:
            change = manifest.change(step)
        try:
            undone = self._write(change, seen, manifest)
        except Invalid:
            if not self._is_fixed(seen, manifest):
                raise
            because = self._replace(step, seen, manifest)
            undone, step = "", step._replace(because=because, code=Code.MADE_ANEW)
        if undone:
            outcome = self._outcome(Action.CONFLICT, step, manifest, undone, Code.CONTESTED)
        else:
            outcome = self._outcome(Action.UPDATED, step, manifest, step.because, step.code)
        return Applied(step, outcome, wrote=True)

    def _write(self, change: Change | None, seen: Metadata, manifest: Manifest) -> str:
        """Write a mirror; say what was undone in the same moment, where somebody had changed it."""
        if isinstance(change, Patch) and manifest.is_repair(seen):
            there = self.writer.repair(change)
            return manifest.undone(there) if there else ""
        if change:
            self.writer.apply(change)
        return ""

    def _is_fixed(self, seen: Metadata, manifest: Manifest) -> bool:
        """Whether a mirror is immutable, or of a type that no update can change."""
        there, wanted = self._read(seen).content, manifest.source.content
        return bool(wanted and (there.immutable or there.type != wanted.type))

    def _replace(self, step: Step, seen: Metadata, manifest: Manifest) -> str:
        """Make a mirror anew, if one may be made there: the old one is better than none."""
        # What has that name already was admitted, too.
        with suppress(AlreadyExists):
            self.writer.apply(manifest.rehearsal(seen))
        self.writer.apply(Delete(seen))
        try:
            self.writer.apply(manifest.anew(seen))
        except (Forbidden, Invalid) as error:
            raise Unavailable(
                f"{seen.ref} was deleted, to be made anew. {error}",
                status=error.status,
                code=error.code,
            ) from error
        return f"{step.because}; made anew, since it was immutable or of another type"

    def _read(self, seen: Metadata) -> Object:
        found = self.reader.get(seen.ref)
        if found is None or found.metadata.version != seen.version:
            raise Stale(f"{seen.ref} is no longer what was looked at. It is looked at again.")
        return found

    @staticmethod
    def _outcome(
        action: Action, step: Step, manifest: Manifest, because: str, code: Code
    ) -> Outcome:
        return Outcome(
            action,
            step.target,
            manifest.source.ref,
            because,
            code,
            declared=step.declared,
            said=step.said,
        )


def _said_of(error: Exception) -> Reason | None:
    """Return what those are told of an error who may not know all of it; None where they may."""
    said = error.said if isinstance(error, ApiError) else ""
    return Reason(said, code_of(error)) if said else None
