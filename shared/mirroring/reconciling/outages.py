"""Outages: namespaces whose writes find no answer, so that an event spends no more time on them.

A webhook that hangs, or is not there, fails every write of its namespaces, each after seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.reconciling.applying import Applied

_ENOUGH: Final = 2  # sources; what fails for one alone may be that one's own fault


@dataclass(frozen=True, slots=True)
class Outages:
    """What one event has met; any number of threads may ask and note at the same time."""

    _met: dict[str, set[Ref]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, applied: Applied, source: Ref) -> None:
        """Note what came of a step."""
        if applied.is_unanswered:
            with self._lock:
                self._met.setdefault(applied.step.target.namespace, set()).add(source)

    def of(self, step: Step, source: Ref) -> Outcome | None:
        """Return what comes of a step that is not even tried; None when it is to be."""
        namespace = step.target.namespace
        if len(self._met.get(namespace, ())) < _ENOUGH:
            return None
        because = (
            f"{step.target} was not tried, as other writes in {namespace} found no answer. It is "
            "tried when the event comes again."
        )
        return Outcome(
            Action.FAILED,
            step.target,
            source,
            because,
            Code.NOT_TRIED,
            retry=True,
            declared=step.declared,
        )
