"""Passes: the plans of a resync, source by source, of a cluster as it is or as it would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.recollections import recalled
from mirroring.names import CONTENT_HASH
from mirroring.objects.hash_keys import signer
from mirroring.objects.metadata import Object
from mirroring.ownership.records import record_of
from mirroring.planning.ends import End
from mirroring.planning.plans import plan
from mirroring.policies.sources import Source
from mirroring.reconciling.vacancies import Vacancies
from mirroring.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kubectl_mirror.asking.suppositions import Supposition
    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan
    from mirroring.reconciling.memory import Memory
    from mirroring.reconciling.observing import Observer


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a snapshot, in the order of a resync; it writes nothing.

    Args:
        observer: looks at the cluster.
        leases: what kn-mirror remembers of places.
        namespace: kn-mirror's own.
        now: the time.
        memory: what kn-mirror remembers of sources.
        supposition: what is supposed to be otherwise.
    """

    observer: Observer
    leases: LeaseKeeper
    namespace: str
    now: datetime
    memory: Memory
    supposition: Supposition

    def plans(self, snapshot: Snapshot) -> Iterator[Plan]:
        """Plan for each source, those first that are none any more: others may want the places."""
        observer = self.observer
        vacancies = Vacancies(
            observer.sources, self.leases, self.namespace, self.now, called=observer.called
        )
        for refs in snapshot.rows():
            followed = [ref for ref in refs if not observer.limits.excluded_because(ref)]
            plans = [self._plan(snapshot, ref, vacancies) for ref in followed]
            yield from plans
            ends = [End.of(each.source.ref, each.freed, self.now) for each in plans if each.freed]
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
        made = plan(snapshot, source, at=self.now)
        by_age = self.observer.limits.precedence.is_by_age
        # Who comes first by the settings takes over what others have.
        may_yield = not (by_age or snapshot.scope.knows_rivals)
        if made.takes_places or may_yield:
            made = plan(vacancies.shown_on(snapshot), source, at=self.now)
        return recalled(made, self.memory)

    def _source(self, snapshot: Snapshot, ref: Ref) -> Source:
        found, supposed = snapshot.objects.get(ref), self.supposition.objects.get(ref)
        mirrors = snapshot.mirrors(ref)
        if found and supposed and supposed.content:
            whole = Object(found, supposed.content, ())
            source = Source.read(ref, whole, read_list=self.observer.read_list)
            # By which key a hash is signed that others hold is not known here.
            is_signed = any(signer(_hash(each)) for each in mirrors)
            return replace(source, content=None) if is_signed else source
        source = Source.of(ref, found, read_list=self.observer.read_list)
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
