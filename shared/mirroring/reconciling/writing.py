"""Carrying out a plan: each step on its own, so that one that fails stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirroring.errors import AlreadyExists, ApiError, Conflict, Invalid, NamespaceGone, Unavailable
from mirroring.planning.manifests import new_mirror, update_mirror
from mirroring.planning.pulls import fill, is_registered, register
from mirroring.planning.steps import (
    Clash,
    Create,
    Delete,
    Fill,
    Inspect,
    Keep,
    Leave,
    Refuse,
    Register,
    Step,
    Update,
)
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.clients import Cluster
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.objects.references import Ref
    from mirroring.policies.sources import Source

_ACTIONS: Final[Mapping[type[Step], Action]] = {
    Create: Action.CREATED,
    Delete: Action.DELETED,
    Keep: Action.UNCHANGED,
    Leave: Action.SKIPPED,
    Clash: Action.CONFLICT,
    Fill: Action.UPDATED,
    Refuse: Action.REFUSED,
    Register: Action.UPDATED,
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out the steps of one plan.

    Args:
        cluster: where to write.
        ref: what the plan is about.
        source: its state, None when it is gone or no source any more.
        at: the time to note on what is written, in ISO 8601.
    """

    cluster: Cluster
    ref: Ref
    source: Source | None
    at: str

    def carry_out(self, step: Step) -> Outcome:
        """Do what the step says; `Action.MOVED` when what was judged is no longer there."""
        try:
            action, because = self._do(step)
        except (AlreadyExists, Conflict) as error:
            return self._outcome(Action.MOVED, step, str(error))
        except NamespaceGone as error:
            return self._outcome(Action.SKIPPED, step, str(error))
        except Unavailable as error:
            return self._outcome(Action.FAILED, step, str(error), retry=True)
        except ApiError as error:
            return self._outcome(Action.FAILED, step, str(error))
        return self._outcome(action, step, because)

    def _outcome(self, action: Action, step: Step, because: str, *, retry: bool = False) -> Outcome:
        declared = isinstance(step, Fill | Refuse | Register)
        return Outcome(action, step.target, self.ref, because, retry=retry, declared=declared)

    def _do(self, step: Step) -> tuple[Action, str]:
        match step:
            case Create():
                body = new_mirror(self._source, step.target.namespace, at=self.at)
                self.cluster.create(step.target, body)
            case Update():
                return Action.UPDATED, self._update(step.seen, step.because)
            case Inspect():
                return self._inspect(step.seen, step.because)
            case Delete():
                self.cluster.delete(step.seen)
            case Fill():
                self.cluster.patch(step.seen, fill(step.seen, self._source, at=self.at))
            case Register() | Refuse() if not is_registered(step.seen):
                self.cluster.patch(step.seen, register(step.seen))
        return _ACTIONS[type(step)], step.because

    @property
    def _source(self) -> Source:
        if self.source is None:
            raise AssertionError(f"a plan to write mirrors of {self.ref}, which is no source")
        return self.source

    def _inspect(self, seen: Metadata, because: str) -> tuple[Action, str]:
        if self._read(seen).content == self._source.content:
            return Action.UNCHANGED, f"{because}, but it is the source's"
        return Action.UPDATED, self._update(seen, because)

    def _update(self, seen: Metadata, because: str) -> str:
        try:
            self.cluster.patch(seen, update_mirror(seen, self._source, at=self.at))
        except Invalid:
            if not self._is_unchangeable(seen):
                raise
            self.cluster.delete(seen)
            self.cluster.create(seen.ref, new_mirror(self._source, seen.ref.namespace, at=self.at))
            return f"{because}; made anew, since it was immutable or of another type"
        return because

    def _is_unchangeable(self, seen: Metadata) -> bool:
        content = self._read(seen).content
        return content.immutable or content.type != self._source.content.type

    def _read(self, seen: Metadata) -> Object:
        found = self.cluster.get(seen.ref)
        if found is None or found.metadata.version != seen.version:
            raise Conflict(f"{seen.ref} is no longer what was looked at. It is looked at again.")
        return found
