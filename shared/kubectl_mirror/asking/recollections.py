"""Recollections: what a resync has found to need nothing, which metadata alone do not show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirroring.codes import Code
from mirroring.planning.steps import Op
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from mirroring.planning.steps import Plan, Step
    from mirroring.policies.sources import Source
    from mirroring.reconciling.memory import Memory


def recalled(made: Plan, memory: Memory) -> Plan:
    """Leave in a plan the pull mirrors that a resync has compared, and left to their owners.

    Args:
        made: it.
        memory: what the last resync left.
    """
    return replace(made, steps=tuple(_recalled(each, made.source, memory) for each in made.steps))


def _recalled(step: Step, source: Source, memory: Memory) -> Step:
    is_compared = step.op is Op.COMPARE and step.declared
    if not is_compared or memory.recall(step, source) is not Action.UNCHANGED:
        return step
    because = f"{step.because}, which stays until the source changes"
    return step._replace(op=Op.KEEP, because=because, code=Code.OWNERS_CONTENT)
