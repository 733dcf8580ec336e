"""Reducing: few rows that say the same as a table of all situations.

A table is split by one column after the other, values that make no difference together, until only
one decision is left: a decision tree, whose leaves are the rows. So no two rows are about the same
situation, and none is about nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.decisions.situations import Situation

# How many columns are tried, in their order, as the one to split by.
_AHEAD = 2


class Decision(NamedTuple):
    """What is done, and why."""

    op: str
    because: str


@dataclass(frozen=True, slots=True)
class Row:
    """What follows where columns have certain values; those that are not named have any."""

    decision: Decision
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def holds(self, situation: Situation) -> bool:
        """Whether the row is about a situation."""
        return all(getattr(situation, name) in values for name, values in self.columns.items())


def rows(table: Mapping[Situation, Decision], columns: Sequence[str]) -> list[Row]:
    """Reduce a table to few rows.

    Args:
        table: what is decided in each situation.
        columns: those that situations may differ in, what a reader looks at first in front.
    """
    decisions = set(table.values())
    if len(decisions) == 1:
        return [Row(decisions.pop())]
    return min((_split(table, column, columns) for column in columns[:_AHEAD]), key=len)


def _split(table: Mapping[Situation, Decision], column: str, columns: Sequence[str]) -> list[Row]:
    others = [each for each in columns if each != column]
    branches: defaultdict[str, dict[Situation, Decision]] = defaultdict(dict)
    for situation, decision in table.items():
        branches[getattr(situation, column)][situation] = decision
    alike: defaultdict[object, list[str]] = defaultdict(list)
    for value, branch in branches.items():
        alike[_outcome(branch, column)].append(value)
    if len(alike) == 1:
        return rows(table, others)
    return [
        Row(row.decision, {column: frozenset(values), **row.columns})
        for values in alike.values()
        for row in rows(branches[values[0]], others)
    ]


def _outcome(branch: Mapping[Situation, Decision], column: str) -> object:
    """Sum up a branch, so that two which come to the same, whatever their column says, are equal.

    Branches that know of different situations, but of one decision only, come to the same, too.
    """
    decisions = frozenset(branch.values())
    if len(decisions) == 1:
        return decisions
    return frozenset((each._replace(**{column: ""}), branch[each]) for each in branch)
