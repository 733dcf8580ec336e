"""Judging: what a resync would do about sources, as it would judge of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kubectl_mirror.asking.ahead import Ahead
from kubectl_mirror.asking.answers import Row
from kubectl_mirror.asking.recollections import recalled
from mirroring.planning.plans import plan
from mirroring.policies.patterns import lists_of_an_event
from mirroring.policies.sources import Source
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from mirroring.reconciling.observing import Observer
from mirroring.reconciling.vacancies import Vacancies
from mirroring.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.planning.scopes import Scope
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan
    from mirroring.policies.limits import Limits
    from mirroring.policies.rules import ReadList


@dataclass(frozen=True)
class Judging:
    """Judges of sources as a resync would that began now, with what it would remember.

    Args:
        reader: reads the cluster; never a content.
        limits: what kn-mirror looks at there.
        leases: show which places are kept for sources that went; None where that may not be seen.
        namespace: kn-mirror's own.
        now: the time.
    """

    reader: Reader
    limits: Limits
    leases: LeaseKeeper | None
    namespace: str
    now: datetime

    @property
    def observer(self) -> Observer:
        """Observes, with the budget that all that is asked here shares."""
        return Observer(self.reader, self.limits, self._read_list)

    def namespaces(self) -> Mapping[str, Namespace]:
        """Return those of the cluster, which are read once for all kinds."""
        return self.coming()

    @cached_property
    def coming(self) -> Ahead[Mapping[str, Namespace]]:
        """The same, which are being read from when they are first spoken of."""
        return Ahead(self.observer.namespaces)

    def seen(self, scope: Scope) -> tuple[Snapshot, list[Row]]:
        """Observe, and judge of all sources that concern it.

        Raises:
            ApiError: it cannot be read.
        """
        # Of a few namespaces not all others are read.
        shared = self.namespaces if scope.namespaces is None else None
        snapshot = self.observer.observe(scope, {}, shared)
        return snapshot, self.judged(snapshot)

    def judged(self, snapshot: Snapshot) -> list[Row]:
        """Judge of all sources that are permitted, in what was observed."""
        vacancies = self.vacancies()
        refs = sorted({ref for refs in snapshot.rows() for ref in refs}, key=str)
        permitted = (ref for ref in refs if not self.limits.excluded_because(ref))
        return [Row(self.plan(snapshot, ref, vacancies)) for ref in permitted]

    def plan(self, snapshot: Snapshot, ref: Ref, vacancies: Vacancies) -> Plan:
        """Plan what is needed of one source."""
        source = self._source(ref, snapshot.objects.get(ref))
        made = plan(snapshot, source, at=self.now)
        # Who comes first by the settings takes over what others have.
        may_yield = not (self.limits.precedence.is_by_age or snapshot.scope.knows_rivals)
        if made.takes_places or may_yield:
            made = plan(vacancies.shown_on(snapshot), source, at=self.now)
        return recalled(made, self._memory)

    def vacancies(self, observer: Observer | None = None) -> Vacancies:
        """Return what shows who else wants a place, and for whom it is kept."""
        by = observer or self.observer
        return Vacancies(by.sources, self.leases, self.namespace, self.now, called=by.called)

    def _source(self, ref: Ref, found: Metadata | None) -> Source:
        source = Source.of(ref, found, read_list=self._read_list)
        if found is None or not source.standing:
            return source
        unmet = self._memory.unmet(found)
        standing = unknown(*unmet) if unmet else source.standing
        return replace(source, standing=standing, noted_hash=self._memory.hash_of(found))

    @cached_property
    def _read_list(self) -> ReadList:
        """Reads lists of patterns of all sources within one budget, as an event's are read."""
        return lists_of_an_event()

    @cached_property
    def _memory(self) -> Memory:
        """What the last resync knew of contents, which are not read here."""
        if self.leases is None:
            return Memory()
        return Memory(Notebook.read(self.leases, self.namespace).remembered)
