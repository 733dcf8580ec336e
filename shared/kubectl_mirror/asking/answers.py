"""Answers: what was seen of sources and their mirrors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kubectl_mirror.asking.states import State, state_of
from mirroring.codes import Code
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubectl_mirror.asking.questions import Question
    from mirroring.objects.metadata import Namespace
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Plan, Step


class Mirror(NamedTuple):
    """One place of a source's mirror.

    Args:
        source: what the source is called.
        state: how it is.
        step: what would be done about it, and why.
    """

    source: Ref
    state: State
    step: Step

    @property
    def ref(self) -> Ref:
        """What it is called, whether it is there or not."""
        return self.step.target

    @property
    def is_due(self) -> bool:
        """Whether kn-mirror may bring it in sync, without anybody's doing anything else."""
        return self.state.is_due and self.step.op is not Op.SKIP

    @property
    def is_unseen(self) -> bool:
        """Whether rights are missing to see how it is."""
        return self.state is State.UNKNOWN and self.step.code is Code.NO_RIGHT


@dataclass(frozen=True)
class Row:
    """A source, and its places as far as they were looked at.

    Args:
        plan: what would be done about it.
    """

    plan: Plan

    @property
    def ref(self) -> Ref:
        """What the source is called."""
        return self.plan.source.ref

    @property
    def mirrors(self) -> Sequence[Mirror]:
        """The places that have a mirror, or are to have one; made anew, as there may be many."""
        judged = ((state_of(step), step) for step in self.plan.steps)
        return [Mirror(self.ref, state, step) for state, step in judged if state]

    @cached_property
    def counts(self) -> Counter[State]:
        """How many mirrors are in each state."""
        return Counter(filter(None, map(state_of, self.plan.steps)))

    @property
    def is_well(self) -> bool:
        """Whether everything is as its owner asks, and that can be read."""
        return not self.plan.problems and all(state.is_well for state in self.counts)

    @property
    def is_there(self) -> bool:
        """Whether there is such a source, or a mirror of one."""
        return bool(self.plan.source.standing) or bool(self.plan.problems) or bool(self.counts)


@dataclass(frozen=True, slots=True)
class Place:
    """One source in one namespace.

    Args:
        plan: what would be done about the source there.
        namespace: it; None where there is none that may be written in.
        step: what would be done there; None where it is the source's own, or none.
    """

    plan: Plan
    namespace: Namespace | None
    step: Step | None


@dataclass(frozen=True)
class Answer:
    """What was seen of what somebody asked about.

    Args:
        question: it.
        rows: the sources, in all namespaces that were asked about.
        mirrors: those of whatever source that are in the namespace that was asked about.
        puzzles: objects whose source cannot be named.
        excluded: why some of what was asked for by name is not looked at, by the settings.
        is_nowhere: whether the namespace that was asked about is not there.
    """

    question: Question
    rows: Sequence[Row]
    mirrors: Sequence[Mirror] = ()
    puzzles: Sequence[Puzzle] = ()
    excluded: Mapping[Ref, str] = field(default_factory=dict)
    is_nowhere: bool = False

    @property
    def missing(self) -> Sequence[Ref]:
        """What was asked for by name, and is no source, of any kind."""
        found = (*(row.ref for row in self.rows), *(each.found.ref for each in self.puzzles))
        there = {(ref.namespace, ref.name) for ref in found}
        asked = sorted(self.question.sources, key=str)
        return [ref for ref in asked if (ref.namespace, ref.name) not in there]

    @property
    def is_well(self) -> bool:
        """Whether all of it is in sync."""
        are_in_sync = all(row.is_well for row in self.rows)
        return are_in_sync and all(each.state.is_well for each in self.mirrors) and not self.puzzles

    @property
    def left(self) -> Sequence[Mirror]:
        """The mirrors that are not well."""
        found = (*(each for row in self.rows for each in row.mirrors), *self.mirrors)
        return [*{each.ref: each for each in found if not each.state.is_well}.values()]

    @property
    def is_unseen(self) -> bool:
        """Whether rights are missing to see how some mirrors are, and the others are in sync."""
        others = replace(self, mirrors=[each for each in self.mirrors if not each.is_unseen])
        return len(others.mirrors) < len(self.mirrors) and others.is_well
