"""Surveys: every source with what its mirrors are like, from metadata alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mirroring.planning.plans import plan
from mirroring.planning.scopes import Scope
from mirroring.policies.sources import Source
from mirroring.reconciling.observing import Observer
from mirroring.reconciling.vacancies import Vacancies

from kubectl_mirror.asking.states import State, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.references import Ref
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan, Step
    from mirroring.policies.limits import Limits


class Mirror(NamedTuple):
    """One place of a source's mirror.

    Args:
        state: how it is.
        step: what would be done about it, and why.
    """

    state: State
    step: Step

    @property
    def ref(self) -> Ref:
        """What it is called, whether it is there or not."""
        return self.step.target


@dataclass(frozen=True)
class Row:
    """A source, and all its places.

    Args:
        plan: what would be done about it.
    """

    plan: Plan

    @property
    def ref(self) -> Ref:
        """What the source is called."""
        return self.plan.source.ref

    @cached_property
    def mirrors(self) -> Sequence[Mirror]:
        """The places that have a mirror, or are to have one."""
        judged = ((state_of(step), step) for step in self.plan.steps)
        return [Mirror(state, step) for state, step in judged if state]

    @cached_property
    def counts(self) -> Counter[State]:
        """How many mirrors are in each state."""
        return Counter(mirror.state for mirror in self.mirrors)

    @property
    def is_well(self) -> bool:
        """Whether everything is as its owner asks, and that can be read."""
        return not self.plan.problems and all(state.is_well for state in self.counts)


@dataclass(frozen=True, slots=True)
class Survey:
    """Asks of a cluster what a resync would do.

    Args:
        reader: reads it; never a content.
        limits: what kn-mirror looks at there.
        leases: show which places are kept for sources that went.
        namespace: kn-mirror's own.
        now: the time.
    """

    reader: Reader
    limits: Limits
    leases: LeaseKeeper | None
    namespace: str
    now: datetime

    def rows(self, scope: Scope) -> Iterator[Row]:
        """Judge the sources in a scope.

        Raises:
            ApiError: it cannot be read, with which right that takes.
        """
        observer = Observer(self.reader, self.limits)
        vacancies = Vacancies(
            observer.sources, self.leases, self.namespace, self.now, called=observer.called
        )
        snapshot = observer.observe(scope, {})
        for ref in sorted({ref for refs in snapshot.rows() for ref in refs}, key=str):
            yield Row(self._plan(snapshot, ref, vacancies))

    def _plan(self, snapshot: Snapshot, ref: Ref, vacancies: Vacancies) -> Plan:
        source = Source.of(ref, snapshot.objects.get(ref))
        made = plan(snapshot, source, at=self.now)
        if not made.takes_places:
            return made
        return plan(vacancies.shown_on(snapshot), source, at=self.now)
