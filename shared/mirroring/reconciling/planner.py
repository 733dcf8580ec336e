"""The planner: what a source needs, but for what is remembered to have come to nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mirroring.codes import Code, Reason
from mirroring.planning.plans import plan
from mirroring.planning.steps import Op
from mirroring.policies.sources import Source
from mirroring.reconciling.rows import Row
from mirroring.reconciling.telling import tell_plan, tell_refused
from mirroring.reporting.reports import Action, Outcome
from mirroring.verdicts import unknown

if TYPE_CHECKING:
    from mirroring.objects.references import Ref
    from mirroring.planning.snapshots import Snapshot
    from mirroring.planning.steps import Plan, Step
    from mirroring.policies.limits import Limits
    from mirroring.policies.rules import ReadList
    from mirroring.reconciling.clocks import Clock
    from mirroring.reconciling.memory import Memory
    from mirroring.reconciling.signing import Signing
    from mirroring.reconciling.vacancies import Vacancies
    from mirroring.reporting.reports import Report


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans what sources need."""

    report: Report
    limits: Limits
    clock: Clock
    memory: Memory
    signing: Signing
    vacancies: Vacancies
    read_list: ReadList

    def judge(self, snapshot: Snapshot, ref: Ref) -> Row | None:
        """Judge a source by what the snapshot shows; None when nothing has to be done for it.

        A source that was asked for by name and is not in the snapshot is judged when it is read.
        """
        row = Row(ref, hushes=snapshot.scope.is_event and snapshot.scope.is_whole)
        return row if row.alone(self.report, lambda: self._is_due(row, snapshot)) else None

    def _is_due(self, row: Row, snapshot: Snapshot) -> bool:
        found = snapshot.objects.get(row.ref)
        if because := self.limits.excluded_because(row.ref):
            for each in snapshot.declared(row.ref):
                tell_refused(
                    each,
                    row.ref,
                    Reason(because, Code.OUTSIDE_LIMITS),
                    namespaces={row.ref.namespace},
                    report=self.report,
                    memory=self.memory,
                )
            return False
        if found is None and snapshot.scope.sources is not None:
            return True
        source = Source.of(row.ref, found, read_list=self.read_list)
        if found and source.standing:
            unmet = self.memory.unmet(found)
            standing = unknown(*unmet) if unmet else source.standing
            noted = self.memory.hash_of(found, self.signing.keys.newest)
            source = replace(source, standing=standing, noted_hash=noted)
        row.plan = self.plan(snapshot, row, source)
        if row.plan.is_quiet:
            tell_plan(row.plan, snapshot.scope, self.report, self.memory)
            return False
        return True

    def plan(self, snapshot: Snapshot, row: Row, source: Source) -> Plan:
        """Plan what a source needs, but for what came to nothing before."""
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
            outcome = Outcome(action, step.target, source.ref, because, Code.AS_TOLD, told=True)
            self.report.record(outcome._replace(declared=step.declared))
        return action is not None
