"""Telling owners what they got wrong, and why mirrors are not there, each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.codes import Code, Reason
from mirroring.errors import account_of, code_of
from mirroring.objects.metadata import Metadata
from mirroring.objects.references import NAMESPACE, Ref
from mirroring.ownership.records import is_declared
from mirroring.planning.discretion import said_of_kept, said_of_refusal, said_of_rival
from mirroring.policies.misreadings import misread
from mirroring.policies.roles import is_indexed, is_source
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.objects.metadata import Namespace
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.scopes import Scope
    from mirroring.planning.steps import Plan
    from mirroring.policies.limits import Limits
    from mirroring.policies.sources import Source
    from mirroring.reconciling.memory import Memory
    from mirroring.reporting.reports import Report


def tell_misread(found: Metadata, report: Report, memory: Memory, limits: Limits) -> None:
    """Tell what somebody has written on a Secret or ConfigMap, where it is no source."""
    try:
        is_told = is_source(found) or is_indexed(found) or limits.excluded_because(found.ref)
        problems = [] if is_told else misread(found)
        declared = is_declared(found)
    except Exception as error:
        because, code = account_of(error), code_of(error)
        failed = Outcome(Action.FAILED, found.ref, found.ref, because, code, retry=True)
        report.record(failed)
        return
    for problem in problems:
        told = memory.knows(found, problem.because, has_label=False)
        report.record(
            Outcome(Action.FAILED, found.ref, found.ref, *problem, declared=declared, told=told)
        )


def tell_refused(
    found: Metadata,
    source: Ref,
    why: Reason,
    *,
    namespaces: Iterable[str],
    report: Report,
    memory: Memory,
) -> None:
    """Tell of a pull mirror that no plan is made for why it is not filled.

    Args:
        found: the pull mirror.
        source: that it has, or itself where it has none.
        why: with the code of that.
        namespaces: of what that speaks of, as `said_of_refusal` takes them.
        report: takes it.
        memory: what was told before.
    """
    said = said_of_refusal(found, namespaces)
    told = memory.knows(found, (said or why).because)
    report.record(
        Outcome(Action.REFUSED, found.ref, source, *why, declared=True, told=told, said=said)
    )


def tell_puzzle(puzzle: Puzzle, report: Report, memory: Memory) -> None:
    """Tell of an object whose source cannot be named why."""
    found, said = puzzle.found, puzzle.said
    told = memory.knows(found, said.because if said else puzzle.because)
    report.record(
        Outcome(
            Action.FAILED if puzzle.is_fault else Action.REFUSED,
            found.ref,
            found.ref,
            puzzle.because,
            puzzle.code,
            retry=puzzle.is_fault,
            declared=not puzzle.is_fault,
            told=told,
            said=said,
        )
    )


def tell_namespace(namespace: Namespace, report: Report, memory: Memory) -> None:
    """Tell what somebody has written on a namespace; once, until it is corrected."""
    ref = Ref(NAMESPACE, "", namespace.name)
    for problem in namespace.problems:
        told = memory.knows(Metadata(ref, uid="", resource_version=""), problem.because)
        report.record(Outcome(Action.FAILED, ref, ref, *problem, told=told))


def tell_plan(made: Plan, scope: Scope, report: Report, memory: Memory) -> None:
    """Tell of a plan what is no step: how much is in sync, and what its owner got wrong.

    A namespace's event tells nobody of faults that have nothing to do with it.
    """
    source = made.source
    if made.kept:
        report.keep(source.ref, made.kept)
    _tell_kept(made, report, memory)
    if scope.is_of_namespaces:
        return
    for problem in made.problems:
        told = _knows(memory, source, problem.because)
        report.record(Outcome(Action.FAILED, source.ref, source.ref, *problem, told=told))


def _tell_kept(made: Plan, report: Report, memory: Memory) -> None:
    """Tell that places are left free for a source that went: nothing else shows why."""
    source = made.source
    for ended, places in sorted(made.kept_for.items(), key=str):
        because = (
            f"{ended} went a while ago, and may come back: the places of its mirrors called "
            f"{source.mirror_name} are kept for it."
        )
        told = _knows(memory, source, because)
        said, kept = said_of_kept(source.ref, source.mirror_name), Reason(because, Code.PLACE_KEPT)
        report.record(Outcome(Action.CONFLICT, places[0], source.ref, *kept, told=told, said=said))


def tell_rivals(made: Plan, report: Report, memory: Memory) -> None:
    """Tell the owners of other sources who wants the places that these have."""
    source = made.source
    for rival in sorted({step.rival for step in made.due if step.rival}, key=str):
        because = (
            f"{source.ref.path} wants mirrors called {source.mirror_name}, too, where those of "
            f"{rival.path} are, which stay. Have one of the two leave out some namespaces."
        )
        told = _knows(memory, source, because)
        said, why = said_of_rival(rival, source.mirror_name), Reason(because, Code.COMES_BEFORE)
        report.record(Outcome(Action.CONFLICT, source.ref, rival, *why, told=told, said=said))


def _knows(memory: Memory, source: Source, because: str) -> bool:
    """Whether a source's owner was told of something before."""
    return source.metadata is not None and memory.knows(source.metadata, because)
