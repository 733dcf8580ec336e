"""What is decided of every combination: by `judge`, the only judgement there is."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mirroring.planning.plans import judge
from tests.decisions.cells import cell_of, source_of
from tests.decisions.combinations import combinations
from tests.decisions.reasons import reduced
from tests.decisions.reducing import Decision, Row, rows
from tests.decisions.situations import Situation, situation
from tests.unit.examples import AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mirroring.planning.steps import Step
    from tests.decisions.combinations import Combination


class Decided(NamedTuple):
    """One combination, what counts of it, and the step that it gets."""

    combination: Combination
    situation: Situation
    step: Step


@cache
def decided() -> Mapping[Combination, Decided]:
    """Judge every combination."""
    return {
        each: Decided(each, situation(each), judge(source_of(each), cell_of(each), at=AT))
        for each in combinations()
    }


@cache
def decisions() -> Mapping[Situation, set[Decision]]:
    """Collect what is decided in each situation: one thing, if situations say all that counts."""
    found: defaultdict[Situation, set[Decision]] = defaultdict(set)
    for each in decided().values():
        found[each.situation].add(Decision(each.step.op.value, reduced(each.step.because)))
    return dict(found)


@cache
def _codes() -> Mapping[Situation, set[str]]:
    """Collect by which codes it is decided in each situation."""
    found: defaultdict[Situation, set[str]] = defaultdict(set)
    for each in decided().values():
        found[each.situation].add(each.step.code.value)
    return dict(found)


def codes_of(row: Row) -> Sequence[str]:
    """Return the codes that steps of a row may have, in their order."""
    return sorted({code for each, codes in _codes().items() if row.holds(each) for code in codes})


@cache
def decision_rows() -> Iterable[Row]:
    """Reduce that to the rows that are printed."""
    return rows({each: min(made) for each, made in decisions().items()}, Situation._fields)
