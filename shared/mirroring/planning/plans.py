"""Plans: what has to be done so that exactly the permitted namespaces hold a mirror."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code, Reason
from mirroring.errors import account_of, code_of
from mirroring.names import EDITED, REPAIR
from mirroring.ownership.claims import Standing, claim
from mirroring.planning import drift, repairs
from mirroring.planning.alike import Alike
from mirroring.planning.copies import seen_from
from mirroring.planning.discretion import said_of
from mirroring.planning.own_steps import first_step, index_step, last_step
from mirroring.planning.steps import TOLD, Op, Plan, Step
from mirroring.policies.kept_names import kept_because
from mirroring.verdicts import Answer, Verdict, no

if TYPE_CHECKING:
    from datetime import datetime

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.ownership.claims import Claim
    from mirroring.planning.cells import Cell
    from mirroring.planning.rivals import Before
    from mirroring.planning.snapshots import Snapshot
    from mirroring.policies.sources import Source

_EDITS_STAY: Final = f"somebody may have edited it, which is left so by {REPAIR} on its source"


def plan(snapshot: Snapshot, source: Source, *, at: datetime) -> Plan:
    """Plan the steps after which exactly the permitted namespaces hold a mirror of a source.

    One step for each cell that may need one. Never one for the source itself but for its label, nor
    a write of an object that is not proven its mirror.

    Args:
        snapshot: what is there.
        source: read after the snapshot was, so that no plan is older than a mirror it replaces; or
            its metadata alone, to see whether it must be read at all.
        at: the time, with its zone: what is contested is left alone for a while.
    """
    steps: list[Step] = []
    heirs: set[Ref] = set()
    unheeded: set[str] = set()
    alike = Alike(source)
    wishes = bool(source.wishes)
    for cell in snapshot.cells(source):
        heirs |= {cell.heir} if cell.heir else set()
        if wishes and not cell.declared:
            unheeded |= {source.unheeded_in(cell.namespace)} - {""}
        step = alike.step(cell)
        if step is None:
            step = _judge_alone(source, cell, at)
            alike.note(cell, step)
        steps.append(step)
        if step.op is Op.REFUSE and cell.found and _lacks_label(cell.found):
            steps.append(index_step(cell.found, declared=True))
    made = Plan(
        source,
        tuple(steps),
        last=last_step(snapshot, source),
        heirs=frozenset(heirs),
        heir_of=snapshot.succession.ended_predecessor(source),
        unheeded=frozenset(unheeded),
    )
    first = first_step(snapshot, source)
    is_lost = first is not None and first.op is Op.INDEX and made.kept and not made.is_written
    # Whoever takes the label off as often as it is there is not answered each time.
    return made if is_lost and snapshot.scope.is_event else replace(made, first=first)


def _judge_alone(source: Source, cell: Cell, at: datetime) -> Step:
    """Judge one namespace; whatever somebody wrote there keeps no other from its mirror."""
    try:
        step = judge(source, cell, at=at)
        return step._replace(said=said_of(step, source.ref)) if step.op in TOLD else step
    except Exception as error:
        target = cell.found.ref if cell.found else source.mirror_in(cell.namespace.name)
        because, code = account_of(error), code_of(error)
        return Step(Op.FAIL, target, because, code, cell.found, declared=cell.declared)


def judge(source: Source, cell: Cell, *, at: datetime) -> Step:
    """Judge what one namespace needs of a source: the only judgement there is."""
    seen = seen_from(cell.namespace, source, cell.found)
    step = _judge(seen, cell, at)
    return step if seen is source else step._replace(copies=seen.projection.asked_copies)


def _judge(source: Source, cell: Cell, at: datetime) -> Step:
    found, namespace = cell.found, cell.namespace
    target = found.ref if found else source.mirror_in(namespace.name)
    if namespace.terminating:
        because = f"namespace {namespace.name} is being deleted"
        return Step(Op.SKIP, target, because, Code.NAMESPACE_GOES, found)
    if found is None:
        return _judge_absent(source, cell)
    if found.terminating:
        return Step(Op.SKIP, target, f"{target} is being deleted", Code.GOES, found)
    if cell.declared:
        return _judge_declared(source, cell, found)
    if left := _left_because(source, cell):
        return Step(Op.SKIP, target, *left, found)
    return _unless_contested(_judge_found(source, cell, found), source, found, at)


def _left_because(source: Source, cell: Cell) -> Reason | None:
    """Say to which other source a mirror is left, if to any."""
    if cell.heir:
        because = f"{cell.heir.path} succeeds {source.ref.path} there"
        return Reason(because, Code.SUCCEEDED)
    if cell.before:
        because = f"{cell.before.source.path} {cell.before.because}, and takes it over"
        return Reason(because, Code.TAKEN_OVER)
    return None


def _judge_absent(source: Source, cell: Cell) -> Step:
    target, permitted = source.mirror_in(cell.namespace.name), source.asks(cell.namespace)
    if not permitted:
        return Step(Op.SKIP, target, permitted.because, permitted.code)
    if cell.is_loss and not source.drift_policy.recreate:
        because = "what was deleted is left so until the source changes"
        return Step(Op.SKIP, target, because, Code.LOSS_STAYS)
    if cell.before:
        return _yield(source, cell.before, target)
    if cell.kept_for:
        because = f"{cell.kept_for} went a while ago, and may come back: its places are kept for it"
        return Step(Op.SKIP, target, because, Code.PLACE_KEPT, kept_for=cell.kept_for)
    return Step(Op.CREATE, target, permitted.because, permitted.code)


def _yield(source: Source, before: Before, target: Ref) -> Step:
    """Leave a free place to the source that comes first; both owners are told."""
    because = (
        f"{before.source.path} wants {target}, too, and {before.because}. Have that, or "
        f"{source.ref.path}, leave out namespace {target.namespace}."
    )
    return Step(Op.CONFLICT, target, because, Code.COMES_AFTER, rival=before.source)


def _permitted(source: Source, cell: Cell, found: Metadata, ours: Claim) -> Verdict:
    if source.standing and found.ref.name != source.mirror_name:
        return no(f"mirrors of {source.ref} are called {source.mirror_name} now", Code.RENAMED)
    # What is the source's mirror already was made before anybody was asked.
    is_held = ours.standing in (Standing.OWNED, Standing.ADOPTED)
    return (source.permits_auto if is_held else source.asks)(cell.namespace)


def _judge_found(source: Source, cell: Cell, found: Metadata) -> Step:
    ours = claim(found, source.ref, heir_of=cell.heir_of, over=cell.over)
    permitted = _permitted(source, cell, found, ours)
    if not ours.may_update:
        clashes = permitted and ours.standing is not Standing.DECLARED
        op, rival = Op.CONFLICT if clashes else Op.SKIP, ours.rival if clashes else None
        return Step(op, found.ref, ours.because, ours.code, found, rival=rival)
    if permitted.answer is Answer.NO:
        op = Op.DELETE if ours.may_delete else Op.SKIP
        return Step(op, found.ref, permitted.because, permitted.code, found)
    if permitted.answer is Answer.UNKNOWN:
        return Step(Op.KEEP, found.ref, permitted.because, permitted.code, found)
    return _judge_drift(source, found)


def _judge_drift(source: Source, found: Metadata) -> Step:
    verdict = drift.of_labels(found, source.ref)
    if verdict:
        verdict = drift.of_source(source, found)
    if verdict.answer is Answer.NO:
        return Step(Op.UPDATE, found.ref, verdict.because, verdict.code, found)
    if verdict.answer is Answer.UNKNOWN:
        return Step(Op.READ, found.ref, verdict.because, verdict.code, found)
    untouched = drift.possible(found)
    if untouched:
        signed = drift.of_key(source, found)
        op = Op.KEEP if signed else Op.REKEY
        return Step(op, found.ref, signed.because, signed.code, found)
    if not source.drift_policy.repair:
        return Step(Op.KEEP, found.ref, _EDITS_STAY, Code.EDITS_STAY, found)
    return Step(Op.COMPARE, found.ref, untouched.because, untouched.code, found)


def _unless_contested(step: Step, source: Source, found: Metadata, at: datetime) -> Step:
    """Leave alone what was put right again and again, and never stayed so."""
    if step.op not in (Op.UPDATE, Op.COMPARE):
        return step
    verdict = repairs.contested(source, found, at)
    if verdict.answer is Answer.UNKNOWN:
        return step._replace(op=Op.READ, because=verdict.because, code=verdict.code)
    if not verdict:
        return step
    told = Reason(verdict.because, verdict.code)
    return step._replace(op=Op.CONFLICT, because=told.because, code=told.code, said=told)


def _judge_declared(source: Source, cell: Cell, found: Metadata) -> Step:
    permitted = source.permits(cell.namespace)
    if kept := kept_because(found.ref.kind, found.ref.name):
        return Step(Op.REFUSE, found.ref, kept, Code.KEPT_NAME, found, declared=True)
    if not permitted:
        because = permitted.because
        if source.standing and permitted.answer is Answer.NO:
            because = f"{source.ref} does not permit it: {because}"
        return Step(Op.REFUSE, found.ref, because, permitted.code, found, declared=True)
    verdict = drift.of_declared(source, found)
    if verdict:
        return _judge_filled(source, found)
    op = Op.READ if verdict.answer is Answer.UNKNOWN else Op.UPDATE
    return Step(op, found.ref, verdict.because, verdict.code, found, declared=True)


def _judge_filled(source: Source, found: Metadata) -> Step:
    untouched, indexed = drift.of_manifest(found), drift.of_index(found)
    if not untouched:
        return Step(Op.COMPARE, found.ref, untouched.because, untouched.code, found, declared=True)
    if not indexed:
        return Step(Op.NOTE, found.ref, indexed.because, indexed.code, found, declared=True)
    if not (ceded := drift.of_ceding(found)):
        return Step(Op.CEDE, found.ref, ceded.because, ceded.code, found, declared=True)
    signed = drift.of_key(source, found)
    op = Op.KEEP if signed else Op.REKEY
    return Step(op, found.ref, signed.because, signed.code, found, declared=True)


def _lacks_label(found: Metadata) -> bool:
    """Whether a pull mirror that is left as it is lacks its labels, or has one too many."""
    return not drift.is_indexed(found) or EDITED in found.labels
