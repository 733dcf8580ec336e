"""Forecasts: what a resync would do, of a cluster as it is or as it would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.questions import is_about
from kubectl_mirror.asking.recollections import recalled
from kubectl_mirror.asking.suppositions import Supposition
from mirroring.codes import Code, Reason
from mirroring.names import CONTENT_HASH
from mirroring.objects.hash_keys import signer
from mirroring.objects.metadata import Object
from mirroring.ownership.records import record_of
from mirroring.planning.ends import End
from mirroring.planning.plans import plan
from mirroring.planning.scopes import Scope
from mirroring.planning.steps import Plan
from mirroring.policies.roles import is_source
from mirroring.policies.sources import Source
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from mirroring.reconciling.observing import Observer
from mirroring.reconciling.vacancies import Vacancies
from mirroring.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind, Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.snapshots import Snapshot
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
        observer = Observer(supposed.read_by(self.reader), self.limits)
        snapshot = observer.observe(scope, {})
        plans = list(_Pass(self, observer, memory, supposed).plans(snapshot))
        if not supposed.is_made:
            all_ = [Prospect(each, _told(each.steps), each.problems) for each in plans]
            return Forecast([each for each in all_ if _is_there(each)], snapshot.puzzles)
        before = snapshot.replacing(
            {ref: each.before for ref, each in supposed.objects.items() if ref.kind is kind},
            self._permitted(observer),
        )
        as_is = Observer(self.reader, self.limits)
        earlier = {
            each.source.ref: each
            for each in _Pass(self, as_is, memory, Supposition()).plans(before)
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


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over a snapshot, in the order of a resync."""

    forecaster: Forecaster
    observer: Observer
    memory: Memory
    supposition: Supposition

    def plans(self, snapshot: Snapshot) -> Iterator[Plan]:
        """Plan for each source, those first that are none any more: others may want the places."""
        now, asked = self.forecaster.now, self.forecaster
        vacancies = Vacancies(
            self.observer.sources,
            asked.leases,
            asked.namespace,
            now,
            called=self.observer.called,
        )
        for refs in snapshot.rows():
            followed = [ref for ref in refs if not asked.limits.excluded_because(ref)]
            plans = [self._plan(snapshot, ref, vacancies) for ref in followed]
            yield from plans
            ends = [End.of(each.source.ref, each.freed, now) for each in plans if each.freed]
            if ends:
                # For this pass alone: nothing is written.
                vacancies.note(ends, is_seen=False)
            taken = (
                each.target
                for made in plans
                for each in made.steps
                if deed_of(each) is Deed.TAKE_AWAY
            )
            snapshot = snapshot.without(taken)

    def _plan(self, snapshot: Snapshot, ref: Ref, vacancies: Vacancies) -> Plan:
        source = self._source(snapshot, ref)
        made = self._planned(snapshot, source, vacancies)
        if not source.standing or source.drift_policy.recreate or not self._has_events(ref):
            return made
        # An event comes first of what is applied, by which nothing is taken for lost.
        scope = replace(snapshot.scope, after_loss=False)
        by_event = self._planned(replace(snapshot, scope=scope), source, vacancies)
        is_own = ref in self.supposition.objects
        steps = [
            event if is_own or event.target.namespace in self.supposition.namespaces else tick
            for event, tick in zip(by_event.steps, made.steps, strict=True)
        ]
        return replace(made, steps=tuple(steps))

    def _has_events(self, ref: Ref) -> bool:
        return ref in self.supposition.objects or bool(self.supposition.namespaces)

    def _planned(self, snapshot: Snapshot, source: Source, vacancies: Vacancies) -> Plan:
        made = plan(snapshot, source, at=self.forecaster.now)
        by_age = self.forecaster.limits.precedence.is_by_age
        # Who comes first by the settings takes over what others have.
        may_yield = not (by_age or snapshot.scope.knows_rivals)
        if made.takes_places or may_yield:
            made = plan(vacancies.shown_on(snapshot), source, at=self.forecaster.now)
        return recalled(made, self.memory)

    def _source(self, snapshot: Snapshot, ref: Ref) -> Source:
        found, supposed = snapshot.objects.get(ref), self.supposition.objects.get(ref)
        mirrors = snapshot.mirrors(ref)
        if found and supposed and supposed.content:
            source = Source.read(ref, Object(found, supposed.content, ()))
            # By which key a hash is signed that others hold is not known here.
            is_signed = any(signer(_hash(each)) for each in mirrors)
            return replace(source, content=None) if is_signed else source
        source = Source.of(ref, found)
        if not (found and source.standing):
            return source
        before = supposed.before if supposed else found
        if before is None or (supposed and not supposed.keeps_hash):
            return source
        noted = _noted(before, mirrors, self.memory)
        if supposed is None and (unmet := self.memory.unmet(found)):
            source = replace(source, standing=unknown(*unmet))
        return replace(source, noted_hash=noted)


def _noted(source: Metadata, mirrors: Sequence[Metadata], memory: Memory) -> str:
    """Return the hash of a source's content, as far as metadata tell it.

    That is what its mirrors have noted which were written of this very version, or what a resync
    has noted, which read it.
    """
    noted = Counter(filter(None, map(_hash, (each for each in mirrors if _is_of(source, each)))))
    if noted:
        return noted.most_common(1)[0][0]
    signers = {signer(_hash(each)) for each in mirrors} or {""}
    return next(filter(None, (memory.hash_of(source, each) for each in sorted(signers))), "")


def _is_of(source: Metadata, mirror: Metadata) -> bool:
    record = record_of(mirror)
    return record is not None and record.version == source.resource_version


def _hash(mirror: Metadata) -> str:
    return mirror.annotations.get(CONTENT_HASH, "")


def _told(steps: Sequence[Step]) -> list[Step]:
    return [each for each in steps if deed_of(each) is not Deed.NOTHING]


def _is_there(prospect: Prospect) -> bool:
    """Whether there is such a source, or a mirror of one."""
    stands = bool(prospect.plan.source.standing)
    return stands or bool(prospect.steps) or bool(prospect.problems)
