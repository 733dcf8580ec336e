"""Telling owners what of their annotations nobody reads, where no source is to tell its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.errors import account_of
from mirroring.objects.metadata import Metadata
from mirroring.objects.references import NAMESPACE, Ref
from mirroring.ownership.records import is_declared
from mirroring.planning.discretion import said_of_refusal
from mirroring.policies.misreadings import misread
from mirroring.policies.sources import is_indexed, is_source
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.objects.metadata import Namespace
    from mirroring.policies.limits import Limits
    from mirroring.reconciling.memory import Memory
    from mirroring.reporting.reports import Report


def tell_misread(found: Metadata, report: Report, memory: Memory, limits: Limits) -> None:
    """Tell what somebody has written on a Secret or ConfigMap, where it is no source."""
    try:
        is_told = is_source(found) or is_indexed(found) or limits.excluded_because(found.ref)
        problems = [] if is_told else misread(found)
        declared = is_declared(found)
    except Exception as error:
        failed = Outcome(Action.FAILED, found.ref, found.ref, account_of(error), retry=True)
        report.record(failed)
        return
    for problem in problems:
        told = memory.knows(found, problem, has_label=False)
        report.record(
            Outcome(Action.FAILED, found.ref, found.ref, problem, declared=declared, told=told)
        )


def tell_refused(
    found: Metadata,
    source: Ref,
    because: str,
    *,
    namespaces: Iterable[str],
    report: Report,
    memory: Memory,
) -> None:
    """Tell of a pull mirror that no plan is made for why it is not filled.

    Args:
        found: the pull mirror.
        source: that it has, or itself where it has none.
        because: why.
        namespaces: of what that speaks of, as `said_of_refusal` takes them.
        report: takes it.
        memory: what was told before.
    """
    said = said_of_refusal(found, namespaces)
    told = memory.knows(found, said or because)
    report.record(
        Outcome(Action.REFUSED, found.ref, source, because, declared=True, told=told, said=said)
    )


def tell_namespace(namespace: Namespace, report: Report, memory: Memory) -> None:
    """Tell what somebody has written on a namespace; once, until it is corrected."""
    ref = Ref(NAMESPACE, "", namespace.name)
    for problem in namespace.problems:
        told = memory.knows(Metadata(ref, uid="", resource_version=""), problem)
        report.record(Outcome(Action.FAILED, ref, ref, problem, told=told))
