"""Budgets: what looking for names by expressions may cost one event, whoever wrote them.

It is counted in seconds of threads' own processor time. What any healthy expression takes is free,
so that neither many of them nor many namespaces use a budget up. And it is never used up for a list
that comes late: the less there is, the less beyond what is free may a list take, so that those that
count as undecided are the dearest, and not the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

_OF_AN_EVENT: Final = 1.0  # seconds
# For all names by all patterns of a list: while more than half of the event's is there, after that,
# and when nothing of it is there.
_OF_A_LIST: Final = 0.02
_OF_A_LIST_LATE: Final = 0.002
_OF_A_LIST_LAST: Final = 0.0005
# More for each search, so that long lists may look at many namespaces: five times what a plain one
# takes among busy threads; but not without end.
_PER_SEARCH: Final = 2e-5
_MOST_OF_A_LIST: Final = 5.0
# What compiling takes for each character, or nearly so, of the worst: it cannot be broken off.
_PER_CHARACTER: Final = 1e-5
_SHORT: Final = 160  # characters of a pattern, which is compiled though there is little left


class Budget:
    """What all lists of patterns that one event looks at may cost.

    Args:
        seconds: all of it.
    """

    def __init__(self, seconds: float = _OF_AN_EVENT) -> None:
        self._half = seconds / 2
        self._left = seconds
        self._lock = Lock()

    @property
    def of_a_list(self) -> float:
        """Seconds that one more list may take beyond what is free; never none."""
        if self._left > self._half:
            return _OF_A_LIST
        return _OF_A_LIST_LATE if self._left > 0 else _OF_A_LIST_LAST

    def share(self) -> Share:
        """Begin with one more list."""
        return Share(self)

    def charge(self, seconds: float) -> None:
        """Count what a list took beyond what is free."""
        with self._lock:
            self._left -= seconds


@dataclass(slots=True)
class Share:
    """What the searches of one list have cost.

    Args:
        budget: the event's.
        spent: seconds.
        searches: their number.
    """

    budget: Budget
    spent: float = 0.0
    searches: int = 0
    _dearest: float = 0.0

    @property
    def left(self) -> float:
        """Seconds that one more search may take; nothing more may be tried when there are none."""
        return min(self._left_of_all, self.budget.of_a_list / 2)

    @property
    def _left_of_all(self) -> float:
        """What is left for the list.

        What took longest is not held against it: it may have been Python's own collection of
        garbage, which is no pattern's fault.
        """
        free = self.searches * _PER_SEARCH
        most = min(self.budget.of_a_list + free, _MOST_OF_A_LIST)
        return most - (self.spent - self._dearest)

    def suffices_for(self, text: str) -> bool:
        """Whether a pattern may be compiled."""
        return len(text) <= _SHORT or len(text) * _PER_CHARACTER < self._left_of_all

    def add(self, seconds: float, *, searches: int) -> None:
        """Count what was done, in this thread's processor time, and how much of it is free."""
        before = self._excess
        self.spent += seconds
        self.searches += searches
        self._dearest = max(self._dearest, seconds)
        if (more := self._excess - before) > 0:
            self.budget.charge(more)

    @property
    def _excess(self) -> float:
        return max(self.spent - self.searches * _PER_SEARCH, 0.0)
