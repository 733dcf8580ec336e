"""The one loop: observe, plan, apply, and look at the sources once more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.codes import Code
from mirroring.policies.patterns import lists_of_an_event
from mirroring.reconciling.applying import Applier
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.observing import SOURCES, Observer
from mirroring.reconciling.outages import Outages
from mirroring.reconciling.planner import Planner
from mirroring.reconciling.row_applier import RowApplier
from mirroring.reconciling.signing import Signing
from mirroring.reconciling.telling import tell_misread, tell_puzzle
from mirroring.reconciling.vacancies import Vacancies
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirroring.cluster.protocols import Reader, Writer, Writers
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.planning.scopes import Scope
    from mirroring.planning.snapshots import Snapshot
    from mirroring.policies.limits import Limits
    from mirroring.policies.rules import ReadList
    from mirroring.reconciling.clocks import Clock
    from mirroring.reconciling.observing import Namespaces
    from mirroring.reconciling.rows import Row
    from mirroring.reporting.reports import Report

_ROUNDS: Final = 10  # how often things may move under one event before it is put back
_AT_A_TIME: Final = 8  # sources whose contents are held together
_FEW: Final = 8  # namespaces that are looked at one by one rather than by lists
_FEW_SOURCES: Final = 3  # likewise


class _Again(NamedTuple):
    """What has to be looked at again, and what of it was just read."""

    scope: Scope
    row: Row
    known: Mapping[Ref, Metadata | None]


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Brings what a scope shows in line with what sources ask.

    The targets are read first and the source last. Whoever wrote a mirror that was read had read
    the source before that, so nothing planned here is older than what it replaces; whoever writes
    later makes our precondition fail, and that target is read and planned afresh. After the writes
    the source is looked at once more: if it moved or went, its row is done again, or a create that
    overtakes a cleanup would leave an orphan.

    A source is the unit that may fail: whatever is raised for one, the others are done.

    Args:
        reader: reads the cluster.
        writer: writes it, or only asks what would come of it.
        workers: do several things at a time.
        report: takes what came of it.
        limits: what is left out.
        clock: says when nothing more may be begun.
        memory: what need not be done again.
        outages: where nothing more is tried.
        signing: what hashes are signed with.
        vacancies: what decides who may have a free place; None where nobody's end is remembered.
        read_list: reads lists of patterns, within what they may cost the event.
    """

    reader: Reader
    writer: Writer
    workers: Writers
    report: Report
    limits: Limits
    clock: Clock
    memory: Memory = field(default_factory=Memory)
    outages: Outages = field(default_factory=Outages)
    signing: Signing = field(default_factory=Signing)
    vacancies: Vacancies | None = None
    read_list: ReadList = field(default_factory=lists_of_an_event)

    def run(
        self,
        scope: Scope,
        known: Mapping[Ref, Metadata | None] | None = None,
        namespaces: Namespaces | None = None,
    ) -> None:
        """Observe, plan and apply until each source stayed what it was from the plan to the end.

        Args:
            scope: what is looked at.
            known: what was just read of it; None is what is not there.
            namespaces: returns those of the cluster, where they were just read, or are being read.

        Raises:
            ApiError: the scope could not be read.
        """
        observer = self._observer
        moved = self._pass(observer.observe(scope, known or {}, namespaces))
        for _ in range(_ROUNDS - 1):
            again, moved = moved, []
            while again and not self.clock.is_up:
                moved += self._once_more(observer, again.pop(0))
            self._leave([each.row for each in again])
        for each in moved:
            because = f"{each.row.ref} keeps changing. It is reconciled when the event comes again."
            failed, ref = Action.FAILED, each.row.ref
            self.report.record(Outcome(failed, ref, ref, because, Code.KEEPS_CHANGING, retry=True))

    def _once_more(self, observer: Observer, again: _Again) -> list[_Again]:
        moved: list[_Again] = []
        again.row.alone(
            self.report,
            lambda: moved.extend(self._pass(observer.observe(again.scope, again.known))),
        )
        return moved

    @property
    def _applier(self) -> RowApplier:
        vacancies = self.vacancies or Vacancies(self._observer.sources, None, "", self.clock.at)
        planner = Planner(
            self.report,
            self.limits,
            self.clock,
            self.memory,
            self.signing,
            vacancies,
            self.read_list,
        )
        return RowApplier(
            self.reader,
            Applier(self.reader, self.writer),
            planner,
            self.workers,
            self.report,
            self.clock,
            self.memory,
            self.outages,
            vacancies,
        )

    @property
    def _observer(self) -> Observer:
        return Observer(self.reader, self.limits, self.read_list)

    def _pass(self, snapshot: Snapshot) -> list[_Again]:
        """Plan and apply what a snapshot shows; return what has to be looked at again."""
        for puzzle in snapshot.puzzles:
            tell_puzzle(puzzle, self.report, self.memory)
        if snapshot.scope.everything:
            for found in snapshot.objects.values():
                tell_misread(found, self.report, self.memory, self.limits)
        rows: list[Row] = []
        for refs in snapshot.rows():
            due = self._due(snapshot, refs)
            while batch := list(islice(due, _AT_A_TIME)):
                self._applier.apply(snapshot, batch)
                rows += batch
            # Others may want the places that are free now.
            snapshot = snapshot.without(ref for row in rows for ref in row.deleted)
        return list(self._moved(snapshot.scope, [row for row in rows if not row.failed]))

    def _due(self, snapshot: Snapshot, refs: Sequence[Ref]) -> Iterator[Row]:
        for place, ref in enumerate(refs):
            if self.clock.is_up:
                self.report.leave(f"{len(refs) - place} {ref.kind}s")
                return
            if row := self._applier.planner.judge(snapshot, ref):
                yield row

    def _moved(self, scope: Scope, rows: Sequence[Row]) -> Iterator[_Again]:
        """Look at the sources once more; finish those that stayed what they were."""
        if self.clock.is_up:
            self._leave([row for row in rows if row.is_open])
            return
        now = self._look_again(scope, [row for row in rows if row.wrote])
        for row in rows:
            if not row.failed and (
                again := row.alone(self.report, partial(self._again, scope, row, now))
            ):
                yield again

    def _again(
        self, scope: Scope, row: Row, now: Mapping[Ref, tuple[str, str] | None]
    ) -> _Again | None:
        if row.plan is None:
            return None
        source = row.plan.source
        # What it was to take over is its predecessor's again, should it be no source by then.
        together = frozenset({row.ref, source.predecessor or row.ref})
        smaller = replace(scope, sources=together, everything=False, has_rivals=False)
        if row.restart:
            is_read = row.plan.first is None
            return _Again(smaller, row, {row.ref: source.metadata} if is_read else {})
        has_moved = row.ref in now and now[row.ref] != source.version
        if has_moved or not all(map(self._applier.is_source_now, row.plan.heirs)):
            return _Again(smaller, row, {})
        if row.stale:
            # What is done last takes a look at everything.
            near = smaller if row.plan.last else _around(smaller, row.stale)
            return _Again(near, row, {})
        if not row.unsettled:
            self._applier.finish(row)
        return _Again(smaller, row, {}) if row.stale else None

    def _look_again(
        self, scope: Scope, rows: Sequence[Row]
    ) -> Mapping[Ref, tuple[str, str] | None]:
        """Read the versions of the sources that something was written for."""
        now: dict[Ref, tuple[str, str] | None] = {}
        if len(rows) > _FEW_SOURCES:
            listed = self.reader.list_metadata(scope.kind, selector=SOURCES)
            now = {found.ref: found.version for found in listed}

        def look(row: Row) -> None:
            found = self.reader.metadata(row.ref)
            now[row.ref] = None if found is None else found.version

        left = [row for row in rows if row.ref not in now]
        list(self.workers.map(lambda row: row.alone(self.report, lambda: look(row)), left))
        return now

    def _leave(self, rows: Sequence[Row]) -> None:
        if rows:
            refs = [row.ref for row in rows]
            named = (
                f"{len(refs)} {refs[0].kind}s" if len(refs) > _FEW else ", ".join(map(str, refs))
            )
            self.report.leave(f"another look at {named}")


def _around(scope: Scope, stale: Sequence[Ref]) -> Scope:
    """Narrow a scope to targets that were not as they were judged, where they are few."""
    namespaces = frozenset(ref.namespace for ref in stale)
    if len(namespaces) > _FEW:
        return scope
    return replace(scope, namespaces=namespaces, objects=frozenset(stale))
