"""Applying a plan: each step on its own, so that one that fails stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.errors import (
    AlreadyExists,
    Forbidden,
    Invalid,
    NamespaceGone,
    Stale,
    account_of,
)
from mirroring.names import EDITED
from mirroring.objects.changes import Delete
from mirroring.planning.steps import Op
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.protocols import Reader, Writer
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.planning.manifests import Manifest
    from mirroring.planning.steps import Step

_ACTIONS: Final[Mapping[Op, Action]] = {
    Op.CREATE: Action.CREATED,
    Op.UPDATE: Action.UPDATED,
    Op.DELETE: Action.DELETED,
    Op.INDEX: Action.INDEXED,
    Op.NOTE: Action.INDEXED,
    Op.UNINDEX: Action.INDEXED,
    Op.RELEASE: Action.INDEXED,
    Op.SUCCEED: Action.INDEXED,
    Op.CONFLICT: Action.CONFLICT,
    Op.REFUSE: Action.REFUSED,
}


class Applied(NamedTuple):
    """What came of a step.

    Args:
        step: it.
        outcome: what became of its target; None when that was no longer as it was judged, so that
            it has to be looked at again.
        now: what is there after a write, where that was asked for.
        wrote: whether anything was written.
    """

    step: Step
    outcome: Outcome | None
    now: Metadata | None = None
    wrote: bool = False


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
        try:
            return self._do(step, manifest)
        except (AlreadyExists, Stale):
            return Applied(step, None)
        except NamespaceGone as error:
            return Applied(step, self._outcome(Action.SKIPPED, step, manifest, str(error)))
        except Exception as error:
            # What is refused for a reason of its own is refused the next time, too.
            retry = not isinstance(error, (Forbidden, Invalid))
            because = account_of(error)
        return Applied(step, self._outcome(Action.FAILED, step, manifest, because, retry=retry))

    def _do(self, step: Step, manifest: Manifest) -> Applied:
        if step.op is Op.COMPARE and step.seen:
            return self._compare(step, step.seen, manifest)
        because, now = step.because, None
        change = manifest.change(step)
        if change:
            try:
                now = self.writer.apply(change)
            except Invalid:
                if step.op is not Op.UPDATE or step.declared or not self._is_fixed(step, manifest):
                    raise
                because = self._replace(step, manifest)
        outcome = self._outcome(_ACTIONS[step.op], step, manifest, because)
        return Applied(step, outcome, now, wrote=change is not None)

    def _compare(self, step: Step, seen: Metadata, manifest: Manifest) -> Applied:
        if self._read(seen).content != manifest.source.content:
            change = manifest.change(step)
            now = self.writer.apply(change) if change else None
            outcome = self._outcome(Action.UPDATED, step, manifest, step.because)
            return Applied(step, outcome, now, wrote=True)
        now = self.writer.apply(manifest.unedited(seen)) if EDITED in seen.labels else None
        because = f"{step.because}, but it is the source's"
        return Applied(step, self._outcome(Action.UNCHANGED, step, manifest, because), now)

    def _is_fixed(self, step: Step, manifest: Manifest) -> bool:
        """Whether a mirror is immutable, or of a type that no update can change."""
        there, wanted = step.seen and self._read(step.seen).content, manifest.source.content
        return bool(there and wanted and (there.immutable or there.type != wanted.type))

    def _replace(self, step: Step, manifest: Manifest) -> str:
        if step.seen:
            self.writer.apply(Delete(step.seen))
        self.writer.apply(manifest.mirror(step.target))
        return f"{step.because}; made anew, since it was immutable or of another type"

    def _read(self, seen: Metadata) -> Object:
        found = self.reader.get(seen.ref)
        if found is None or found.metadata.version != seen.version:
            raise Stale(f"{seen.ref} is no longer what was looked at. It is looked at again.")
        return found

    @staticmethod
    def _outcome(
        action: Action, step: Step, manifest: Manifest, because: str, *, retry: bool = False
    ) -> Outcome:
        return Outcome(
            action,
            step.target,
            manifest.source.ref,
            because,
            retry=retry,
            declared=step.declared,
        )
