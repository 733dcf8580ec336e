"""Rows: sources, and how far what they need was done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from mirroring.cluster.abridging import light
from mirroring.errors import account_of, code_of
from mirroring.policies.rules import Rules
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Plan
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

    def alone(self, report: Report, work: Callable[[], A]) -> A | None:
        """Do what one source needs; whatever is raised is told, and stops no other."""
        try:
            return work()
        except Exception as error:
            self.failed = True
            because, code = account_of(error), code_of(error)
            report.record(Outcome(Action.FAILED, self.ref, self.ref, because, code, retry=True))
        return None
