"""Budgets: what looking for names by expressions may cost one event, whoever wrote them.

It is counted in seconds of threads' own processor time. What any healthy expression takes is free,
so that neither many of them nor many namespaces use a budget up.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

_OF_AN_EVENT: Final = 1.0  # seconds
# For all names by all patterns of a list; less when half of the event's is gone, so that lists
# that take no longer than they should are still tried.
_OF_A_LIST: Final = 0.02
_OF_A_LIST_LATE: Final = 0.002
# More for each search, so that long lists may look at many namespaces: five times what a plain one
# takes among busy threads; but not without end.
_PER_SEARCH: Final = 2e-5
_MOST_OF_A_LIST: Final = 5.0


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
        """Seconds that one more list may take."""
        if self._left <= 0:
            return 0.0
        return _OF_A_LIST if self._left > self._half else _OF_A_LIST_LATE

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

    @property
    def is_up(self) -> bool:
        """Whether nothing more may be tried."""
        free = self.searches * _PER_SEARCH
        return self.spent > min(self.budget.of_a_list + free, _MOST_OF_A_LIST) or self.is_others

    @property
    def is_others(self) -> bool:
        """Whether others have used up the budget."""
        return self.budget.of_a_list <= 0

    def add(self, seconds: float, *, searches: int) -> None:
        """Count what was done, in this thread's processor time, and how much of it is free."""
        before = self._excess
        self.spent += seconds
        self.searches += searches
        if (more := self._excess - before) > 0:
            self.budget.charge(more)

    @property
    def _excess(self) -> float:
        return max(self.spent - self.searches * _PER_SEARCH, 0.0)
