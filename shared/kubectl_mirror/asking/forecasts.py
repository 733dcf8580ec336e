"""Forecasts: what a resync would do, of a cluster as it is or as it would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.passes import Pass
from kubectl_mirror.asking.questions import is_about
from kubectl_mirror.asking.suppositions import Supposition
from mirroring.codes import Code, Reason
from mirroring.planning.scopes import Scope
from mirroring.planning.steps import Plan
from mirroring.policies.patterns import lists_of_an_event
from mirroring.policies.roles import is_source
from mirroring.policies.sources import Source
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from mirroring.reconciling.observing import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Namespace
    from mirroring.objects.references import Kind, Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Step
    from mirroring.policies.limits import Limits


@dataclass(frozen=True)
class Prospect:
    """What would be done for one source.

    Args:
        plan: that is carried out.
        steps: those of it that somebody asks about.
        problems: what its owner ought to correct.
    """

    plan: Plan
    steps: Sequence[Step]
    problems: Sequence[Reason] = ()

    @property
    def ref(self) -> Ref:
        """What the source is called."""
        return self.plan.source.ref

    @cached_property
    def counts(self) -> Counter[Deed]:
        """How many places there are of each."""
        return Counter(map(deed_of, self.steps))

    @property
    def is_difference(self) -> bool:
        """Whether anything would be done, or ought to be."""
        return bool(self.problems) or any(each.is_difference for each in self.counts)


@dataclass(frozen=True)
class Forecast:
    """What would be done.

    Args:
        prospects: of sources.
        puzzles: objects whose source cannot be named.
        missing: what was asked for by name, and is no source.
        pending: how many steps are due anyway, which is not asked about.
        excluded: why some of what was asked for by name is not looked at, by the settings.
    """

    prospects: Sequence[Prospect]
    puzzles: Sequence[Puzzle] = ()
    missing: Sequence[Ref] = ()
    pending: int = 0
    excluded: Mapping[Ref, str] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[Deed]:
        """How many places there are of each."""
        return sum((each.counts for each in self.prospects), Counter[Deed]())

    @property
    def is_difference(self) -> bool:
        """Whether anything would be done, or ought to be."""
        return bool(self.puzzles) or any(each.is_difference for each in self.prospects)


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Says of a cluster what the next resync would do; it reads no content, and writes nothing.

    Args:
        reader: reads it.
        limits: what kn-mirror looks at there.
        leases: what kn-mirror remembers.
        namespace: kn-mirror's own.
        now: the time.
        supposition: what is supposed to be otherwise.
    """

    reader: Reader
    limits: Limits
    leases: LeaseKeeper
    namespace: str
    now: datetime
    supposition: Supposition = field(default_factory=Supposition)

    def forecast(self, sources: frozenset[Ref] = frozenset()) -> Forecast:
        """Say it, of sources or of all.

        Of what is supposed: what would be otherwise by that. What is due anyway is only counted.

        Raises:
            ApiError: the cluster cannot be read, with which right that takes.
        """
        memory = Memory(Notebook.read(self.leases, self.namespace).remembered)
        parts = [
            self._of_kind(kind, frozenset(ref for ref in sources if ref.kind == kind), memory)
            for kind in self.limits.kinds
            if not sources or any(ref.kind == kind for ref in sources)
        ]
        prospects = [each for part in parts for each in part.prospects]
        puzzles = [each for part in parts for each in part.puzzles if is_about(each, sources)]
        found = (*(each.ref for each in prospects), *(each.found.ref for each in puzzles))
        there = {(ref.namespace, ref.name) for ref in found}
        return Forecast(
            [each for each in prospects if each.steps or each.problems],
            puzzles,
            [ref for ref in sorted(sources, key=str) if (ref.namespace, ref.name) not in there],
            sum(part.pending for part in parts),
            self.limits.excluded(sources),
        )

    def _of_kind(self, kind: Kind, named: frozenset[Ref], memory: Memory) -> Forecast:
        scope = Scope(kind, named or None, everything=not named, after_loss=True)
        supposed = self.supposition
        observer = Observer(supposed.read_by(self.reader), self.limits, lists_of_an_event())
        snapshot = observer.observe(scope, {})
        plans = list(self._pass(observer, memory, supposed).plans(snapshot))
        if not supposed.is_made:
            all_ = [Prospect(each, _told(each.steps), each.problems) for each in plans]
            return Forecast([each for each in all_ if _is_there(each)], snapshot.puzzles)
        before = snapshot.replacing(
            {ref: each.before for ref, each in supposed.objects.items() if ref.kind is kind},
            self._permitted(observer),
        )
        as_is = Observer(self.reader, self.limits, lists_of_an_event())
        earlier = {
            each.source.ref: each for each in self._pass(as_is, memory, Supposition()).plans(before)
        }
        known = {each.found.ref for each in before.puzzles}
        compared = [self._compared(each, earlier.get(each.source.ref)) for each in plans]
        prospects = [prospect for prospect, _ in compared if _is_there(prospect)]
        prospects += self._others(kind, {each.ref for each in prospects}, named)
        return Forecast(
            prospects,
            [each for each in snapshot.puzzles if each.found.ref not in known],
            pending=sum(pending for _, pending in compared),
        )

    def _pass(self, observer: Observer, memory: Memory, supposed: Supposition) -> Pass:
        return Pass(observer, self.leases, self.namespace, self.now, memory, supposed)

    def _permitted(self, observer: Observer) -> dict[str, Namespace | None]:
        permits = self.limits.targets.permits
        return {
            name: observer.as_set(each) if each and permits(name) else None
            for name, each in self.supposition.namespaces_before.items()
        }

    def _compared(self, made: Plan, earlier: Plan | None) -> tuple[Prospect, int]:
        """Leave out of a plan what is due anyway, and count it."""
        steps, problems = _told(made.steps), made.problems
        if made.source.ref in self.supposition.objects:
            return Prospect(made, steps, problems), 0
        due = {(each.op, each.target) for each in earlier.steps} if earlier else set()
        told = earlier.problems if earlier else []
        new = [each for each in steps if (each.op, each.target) not in due]
        left = [each for each in steps if (each.op, each.target) in due]
        pending = sum(deed_of(each).is_difference for each in left)
        return Prospect(made, new, [each for each in problems if each not in told]), pending

    def _others(self, kind: Kind, shown: set[Ref], named: frozenset[Ref]) -> Iterator[Prospect]:
        """Find what somebody meant to be a source, and that is none, or none that is followed."""
        for ref, each in self.supposition.objects.items():
            if ref.kind is kind and ref not in shown and ref in (named or (ref,)):
                source = Source.of(ref, each.now)
                excluded = self.limits.excluded_because(ref) if is_source(each.now) else ""
                left = [Reason(excluded, Code.OUTSIDE_LIMITS)] if excluded else []
                problems = left or source.problems()
                yield Prospect(Plan(source, ()), (), problems)


def _told(steps: Sequence[Step]) -> list[Step]:
    return [each for each in steps if deed_of(each) is not Deed.NOTHING]


def _is_there(prospect: Prospect) -> bool:
    """Whether there is such a source, or a mirror of one."""
    stands = bool(prospect.plan.source.standing)
    return stands or bool(prospect.steps) or bool(prospect.problems)
