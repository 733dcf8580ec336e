"""The applier of rows: what their plans say is done, a few sources at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mirroring.codes import Code, Reason
from mirroring.planning.ends import End
from mirroring.planning.manifests import Manifest, Manifests
from mirroring.planning.steps import Op
from mirroring.policies.roles import is_source
from mirroring.policies.sources import Source
from mirroring.reconciling.applying import Applied
from mirroring.reconciling.parallel import in_parallel
from mirroring.reconciling.telling import tell_plan, tell_rivals
from mirroring.reporting.reports import Action, Outcome
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirroring.cluster.protocols import Reader, Writers
    from mirroring.objects.references import Ref
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan, Step
    from mirroring.reconciling.applying import Applier
    from mirroring.reconciling.clocks import Clock
    from mirroring.reconciling.memory import Memory
    from mirroring.reconciling.outages import Outages
    from mirroring.reconciling.planner import Planner
    from mirroring.reconciling.rows import Row
    from mirroring.reconciling.vacancies import Vacancies
    from mirroring.reporting.reports import Report


@dataclass(frozen=True, slots=True)
class RowApplier:
    """Carries out rows: reads their sources, last of all, and then does what they need."""

    reader: Reader
    applier: Applier
    planner: Planner
    workers: Writers
    report: Report
    clock: Clock
    memory: Memory
    outages: Outages
    vacancies: Vacancies

    def apply(self, snapshot: Snapshot, rows: Sequence[Row]) -> None:
        """Do what rows need, together."""
        list(self.workers.map(partial(self._read, snapshot), rows))
        ready = [row for row in rows if not row.failed and not row.restart]
        self._note_ends(snapshot, ready)
        ready = [row for row in ready if not row.failed]
        work = [
            each for row in ready for each in row.alone(self.report, partial(self._work, row)) or ()
        ]

        def do(item: tuple[Row, Manifest, Step]) -> tuple[Row, Applied] | None:
            row, manifest, step = item
            if self.clock.is_up:
                return None
            if outage := self.outages.of(step, row.ref):
                return row, Applied(step, outage)
            applied = self.applier.apply(step, manifest)
            self.outages.note(applied, row.ref)
            return row, applied.light(step)

        for item, each in zip(work, in_parallel(self.workers, do, work), strict=True):
            if each is None:
                item[0].left += 1
            else:
                self._note(*each)
        for row in ready:
            row.alone(self.report, partial(self._close, snapshot, row))
        for row in rows:
            row.let_go()

    def _note_ends(self, snapshot: Snapshot, rows: Sequence[Row]) -> None:
        """Note which sources went, whose places others may want as soon as they are free.

        What one namespace shows of that is what somebody wrote there, and nobody else is told.
        """
        is_seen = snapshot.scope.is_whole
        found = [(row, row.alone(self.report, partial(self._end, row))) for row in rows]
        ends = [end for _, end in found if end]
        is_noted = False
        for row, end in found:
            if end and not is_noted:
                note = partial(self._note_ended, row, ends, is_seen=is_seen)
                is_noted = bool(row.alone(self.report, note))

    def _end(self, row: Row) -> End | None:
        freed = row.plan.freed if row.plan else frozenset()
        return End.of(row.ref, freed, self.clock.at) if freed else None

    def _note_ended(self, row: Row, ended: Sequence[End], *, is_seen: bool) -> bool:
        """Note it; who keeps that from being written does not keep mirrors from being withdrawn."""
        if because := self.vacancies.note(ended, is_seen=is_seen):
            why = Reason(because, Code.END_NOT_NOTED)
            self.report.record(Outcome(Action.FAILED, row.ref, row.ref, *why))
        return True

    def _work(self, row: Row) -> list[tuple[Row, Manifest, Step]]:
        if row.plan is None:
            return []
        manifests = Manifests(row.plan.source, self.clock.text)
        return [(row, manifests.of(step), step) for step in row.plan.due]

    def _read(self, snapshot: Snapshot, row: Row) -> None:
        """Read a row's source, plan anew, and make sure that it is found by its label."""

        def read() -> None:
            if row.plan is None or row.plan.needs_source:
                found, before = self.reader.get(row.ref), row.plan
                source = Source.read(row.ref, found, read_list=self.planner.read_list)
                row.plan = self.planner.plan(snapshot, row, source)
                self._note_read(before, row.plan)
            is_early = row.plan.is_written or row.plan.last is not None
            row.restart = not snapshot.covers(row.plan.source) or bool(
                is_early and row.plan.heir_of and self.is_source_now(row.plan.heir_of)
            )
            if row.plan.first and not row.restart:
                self._index(row, row.plan, row.plan.first)

        row.alone(self.report, read)

    def is_source_now(self, ref: Ref) -> bool:
        """Read whether an object is a source, for one that succeeds it or that it succeeds."""
        found = self.reader.metadata(ref)
        return found is not None and bool(is_source(found))

    def _note_read(self, before: Plan | None, made: Plan) -> None:
        """Note what was read for nothing: the next resync need not, of the same version."""
        metadata, standing = made.source.metadata, made.source.standing
        if not before or not metadata:
            return
        if before.source.standing and standing.answer is Answer.UNKNOWN:
            self.memory.note_unmet(metadata, Reason(standing.because, standing.code))
        was_needed = any(step.op is Op.READ for step in before.steps)
        if was_needed and made.kept and (known := made.source.content_hash):
            self.memory.note_hash(metadata, known)

    def _index(self, row: Row, made: Plan, step: Step) -> None:
        applied = self.applier.apply(step, Manifest(made.source, self.clock.text))
        row.restart = applied.outcome is None
        if not row.restart:
            self._note(row, applied)
        if applied.now:
            row.plan = replace(made, source=replace(made.source, metadata=applied.now))

    def finish(self, row: Row) -> None:
        """Do what a row needs last, when all else was done."""
        if row.plan and row.plan.last:
            manifest = Manifest(row.plan.source, self.clock.text)
            self._note(row, self.applier.apply(row.plan.last, manifest))

    def _note(self, row: Row, applied: Applied) -> None:
        step, outcome = applied.step, applied.outcome
        row.wrote = row.wrote or applied.wrote
        if outcome is None:
            row.stale.append(step.target)
            return
        told = row.plan is not None and self.memory.note(step, row.plan.source, outcome)
        # What failed twice will fail when the event comes again at once, too.
        hushed = row.hushes and outcome.action is Action.REFUSED
        outcome = outcome._replace(told=told, retry=outcome.retry and not told, hushed=hushed)
        self.report.record(outcome)
        if applied.now and row.plan and step.op is Op.INDEX:
            self.memory.follow(step, row.plan.source, applied.now)
        row.unsettled = row.unsettled or outcome.action is Action.FAILED
        if step.op is Op.DELETE and applied.wrote:
            row.deleted.append(step.target)

    def _close(self, snapshot: Snapshot, row: Row) -> None:
        """Tell of a row what is no step."""
        if row.left:
            self.report.leave(f"{row.left} mirrors of {row.ref}")
        if row.plan:
            tell_plan(row.plan, snapshot.scope, self.report, self.memory)
            tell_rivals(row.plan, self.report, self.memory)
