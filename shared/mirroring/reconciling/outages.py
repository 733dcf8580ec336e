"""Outages: namespaces whose writes found no answer, so that an event spends no more time on them.

A webhook that hangs, or is not there, fails every write of its namespaces, each after seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step


@dataclass(frozen=True, slots=True)
class Outages:
    """What one event has met; any number of threads may ask and note at the same time."""

    _met: dict[str, str] = field(default_factory=dict)

    def note(self, outcome: Outcome | None) -> None:
        """Note what came of a write."""
        if outcome and outcome.action is Action.FAILED and outcome.retry:
            self._met.setdefault(outcome.target.namespace, str(outcome.target))

    def of(self, step: Step, source: Ref) -> Outcome | None:
        """Return what comes of a step that is not even tried; None when it is to be."""
        met = self._met.get(step.target.namespace)
        if met is None:
            return None
        because = f"It was not tried after {met} had failed. It is when the event comes again."
        return Outcome(
            Action.FAILED, step.target, source, because, retry=True, declared=step.declared
        )
