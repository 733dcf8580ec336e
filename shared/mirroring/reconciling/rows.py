"""Rows: sources with what their plans need, carried out a few at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mirroring.cluster.abridging import light
from mirroring.errors import account_of
from mirroring.planning.discretion import said_of_kept, said_of_rival
from mirroring.planning.manifests import Manifest, Manifests
from mirroring.planning.plans import plan
from mirroring.planning.steps import Op
from mirroring.policies.rules import Rules
from mirroring.policies.sources import Source, is_source
from mirroring.reconciling.applying import Applied
from mirroring.reconciling.parallel import in_parallel
from mirroring.reconciling.telling import tell_refused
from mirroring.reporting.reports import Action, Outcome
from mirroring.verdicts import Answer, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mirroring.cluster.protocols import Reader, Writers
    from mirroring.objects.references import Ref
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan, Step
    from mirroring.policies.limits import Limits
    from mirroring.policies.rules import ReadList
    from mirroring.reconciling.applying import Applier
    from mirroring.reconciling.clocks import Clock
    from mirroring.reconciling.memory import Memory
    from mirroring.reconciling.outages import Outages
    from mirroring.reconciling.signing import Signing
    from mirroring.reconciling.vacancies import Vacancies
    from mirroring.reporting.reports import Report

A = TypeVar("A")


@dataclass(slots=True)
class Row:
    """A source, and how far its plan has come.

    Args:
        ref: the source.
        plan: what it needs; None until its source is read.
        wrote: whether anything was written for it.
        failed: whether it can come no further.
        unsettled: whether a step of it failed.
        left: how many steps there was no time for.
        restart: whether it has to be looked at again before anything is done.
        stale: targets that were no longer as they were judged.
        deleted: targets that are gone.
        signed: targets whose hashes are signed anew, though nothing else of them is written.
        hushes: whether it is looked at since its source was written, of which the owners of pull
            mirrors that it refuses are told nothing.
    """

    ref: Ref
    plan: Plan | None = None
    wrote: bool = False
    failed: bool = False
    unsettled: bool = False
    left: int = 0
    restart: bool = False
    stale: list[Ref] = field(default_factory=list)
    deleted: list[Ref] = field(default_factory=list)
    signed: set[Ref] = field(default_factory=set)
    hushes: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it needs another look, or a last step, when its steps are done."""
        is_last = self.plan is not None and self.plan.last is not None
        return self.wrote or self.restart or bool(self.stale) or is_last

    def let_go(self) -> None:
        """Forget what is large and not needed any more: content, expressions, long annotations."""
        if self.plan:
            plan, source = self.plan, self.plan.source
            found = source.metadata and light(source.metadata)
            source = replace(source, content=None, rules=Rules.read({}), metadata=found)
            first = plan.first and plan.first._replace(seen=None)
            last = plan.last and plan.last._replace(seen=plan.last.seen and light(plan.last.seen))
            self.plan = replace(plan, source=source, first=first, last=last)


@dataclass(frozen=True, slots=True)
class RowApplier:
    """Carries out rows: reads their sources, last of all, and then does what they need."""

    reader: Reader
    applier: Applier
    workers: Writers
    report: Report
    limits: Limits
    clock: Clock
    memory: Memory
    outages: Outages
    signing: Signing
    vacancies: Vacancies
    read_list: ReadList

    def judge(self, snapshot: Snapshot, ref: Ref) -> Row | None:
        """Judge a source by what the snapshot shows; None when nothing has to be done for it.

        A source that was asked for by name and is not in the snapshot is judged when it is read.
        """
        row = Row(ref, hushes=snapshot.scope.is_event and snapshot.scope.is_whole)
        return row if self.alone(row, lambda: self._is_due(row, snapshot)) else None

    def _is_due(self, row: Row, snapshot: Snapshot) -> bool:
        found = snapshot.objects.get(row.ref)
        if because := self.limits.excluded_because(row.ref):
            for each in snapshot.declared(row.ref):
                tell_refused(
                    each,
                    row.ref,
                    because,
                    namespaces={row.ref.namespace},
                    report=self.report,
                    memory=self.memory,
                )
            return False
        if found is None and snapshot.scope.sources is not None:
            return True
        source = Source.of(row.ref, found, read_list=self.read_list)
        if found and source.standing:
            because = self.memory.unmet(found)
            standing = unknown(because) if because else source.standing
            noted = self.memory.hash_of(found, self.signing.keys.newest)
            source = replace(source, standing=standing, noted_hash=noted)
        row.plan = self._plan(snapshot, row, source)
        if row.plan.is_quiet:
            self._tell(row.plan, snapshot)
            return False
        return True

    def _plan(self, snapshot: Snapshot, row: Row, source: Source) -> Plan:
        source = replace(source, hash_keys=self.signing.keys)
        made = self._left(row, plan(snapshot, source, at=self.clock.at))
        if made.takes_places:
            # Only now it is worth a look who else may have the places.
            shown = self.vacancies.shown_on(snapshot)
            made = self._left(row, plan(shown, source, at=self.clock.at))
        return replace(made, first=self._insisted(made))

    def _left(self, row: Row, made: Plan) -> Plan:
        """Leave out of a plan what came to nothing before."""
        left: list[Step] = []
        last = made.last
        for step in made.steps:
            if step.op is Op.REKEY and not self._is_signed_anew(step, row, made.source):
                left.append(step._replace(op=Op.KEEP))
            elif not self._is_recalled(step, made.source):
                left.append(step)
            elif step.op is Op.DELETE:
                # A mirror is there still, so the label by which it is found is taken off later.
                last = None
        return replace(made, steps=tuple(left), last=last)

    def _is_signed_anew(self, step: Step, row: Row, source: Source) -> bool:
        if step.target not in row.signed and self.memory.recall(step, source) is None:
            row.signed |= {step.target} if self.signing.may_sign() else set()
        return step.target in row.signed

    def _insisted(self, made: Plan) -> Step | None:
        """Return what is done first, but for what somebody undoes again and again."""
        first = made.first
        if not first or not first.seen or made.is_written:
            return first
        return None if self.memory.gives_up(first.seen) else first

    def _is_recalled(self, step: Step, source: Source) -> bool:
        """Whether a step came to nothing before, and nothing has changed since."""
        action = self.memory.recall(step, source)
        if action and action is not Action.UNCHANGED:
            because = "it is as it was when its owner was told"
            self.report.record(
                Outcome(action, step.target, source.ref, because, declared=step.declared, told=True)
            )
        return action is not None

    def apply(self, snapshot: Snapshot, rows: Sequence[Row]) -> None:
        """Do what rows need, together."""
        list(self.workers.map(partial(self._read, snapshot), rows))
        ready = [row for row in rows if not row.failed and not row.restart]
        self._note_ends(snapshot, ready)
        ready = [row for row in ready if not row.failed]
        work = [each for row in ready for each in self.alone(row, partial(self._work, row)) or ()]

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
            self.alone(row, partial(self._close, snapshot, row))
        for row in rows:
            row.let_go()

    def _note_ends(self, snapshot: Snapshot, rows: Sequence[Row]) -> None:
        """Note which sources went, whose places others may want as soon as they are free.

        What one namespace shows of that is what somebody wrote there, and nobody else is told.
        """
        is_seen = snapshot.scope.is_whole
        ended = {row.ref: freed for row in rows if (freed := self.alone(row, partial(_freed, row)))}
        is_noted = False
        for row in rows:
            if row.ref in ended and not is_noted:
                note = partial(self._note_ended, row, ended, is_seen=is_seen)
                is_noted = bool(self.alone(row, note))

    def _note_ended(self, row: Row, ended: Mapping[Ref, frozenset[Ref]], *, is_seen: bool) -> bool:
        """Note it; who keeps that from being written does not keep mirrors from being withdrawn."""
        if because := self.vacancies.note(ended, is_seen=is_seen):
            self.report.record(Outcome(Action.FAILED, row.ref, row.ref, because))
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
                source = Source.read(row.ref, found, read_list=self.read_list)
                row.plan = self._plan(snapshot, row, source)
                self._note_read(before, row.plan)
            is_early = row.plan.is_written or row.plan.last is not None
            row.restart = not snapshot.covers(row.plan.source) or bool(
                is_early and row.plan.heir_of and self.is_source_now(row.plan.heir_of)
            )
            if row.plan.first and not row.restart:
                self._index(row, row.plan, row.plan.first)

        self.alone(row, read)

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
            self.memory.note_unmet(metadata, standing.because)
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
            self._tell(row.plan, snapshot)
            self._tell_rivals(row.plan)

    def _tell(self, made: Plan, snapshot: Snapshot) -> None:
        """Tell of a plan what is no step: how much is in sync, and what its owner got wrong.

        A namespace's event tells nobody of faults that have nothing to do with it.
        """
        source = made.source
        if made.kept:
            self.report.keep(source.ref, made.kept)
        self._tell_kept(made)
        if snapshot.scope.is_of_namespaces:
            return
        for problem in made.problems:
            told = source.metadata is not None and self.memory.knows(source.metadata, problem)
            self.report.record(Outcome(Action.FAILED, source.ref, source.ref, problem, told=told))

    def _tell_kept(self, made: Plan) -> None:
        """Tell that places are left free for a source that went: nothing else shows why."""
        source = made.source
        for ended, places in sorted(made.kept_for.items(), key=str):
            because = (
                f"{ended} went a while ago, and may come back: the places of its mirrors called "
                f"{source.mirror_name} are kept for it."
            )
            told = source.metadata is not None and self.memory.knows(source.metadata, because)
            said = said_of_kept(source.ref, source.mirror_name)
            outcome = Outcome(Action.CONFLICT, places[0], source.ref, because, told=told, said=said)
            self.report.record(outcome)

    def _tell_rivals(self, made: Plan) -> None:
        """Tell the owners of other sources who wants the places that these have."""
        source = made.source
        for rival in sorted({step.rival for step in made.due if step.rival}, key=str):
            because = (
                f"{source.ref.path} wants mirrors called {source.mirror_name}, too, where those of "
                f"{rival.path} are, which stay. Have one of the two leave out some namespaces."
            )
            told = source.metadata is not None and self.memory.knows(source.metadata, because)
            said = said_of_rival(rival, source.mirror_name)
            outcome = Outcome(Action.CONFLICT, source.ref, rival, because, told=told, said=said)
            self.report.record(outcome)

    def alone(self, row: Row, work: Callable[[], A]) -> A | None:
        """Do what one source needs; whatever is raised is told, and stops no other."""
        try:
            return work()
        except Exception as error:
            row.failed = True
            because = account_of(error)
            self.report.record(Outcome(Action.FAILED, row.ref, row.ref, because, retry=True))
        return None


def _freed(row: Row) -> frozenset[Ref]:
    return row.plan.freed if row.plan else frozenset()
