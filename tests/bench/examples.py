"""Costs that nobody has measured."""

from __future__ import annotations

from tests.bench.spending import Cost, Spent

FOLLOWING = "renewal"
LOOKING = "resync"


def cost(
    activity: str = FOLLOWING,
    namespaces: int = 100,
    *,
    seconds: float = 1.0,
    bare: float | None = 0.5,
    memory: float = 64.0,
    requests: int = 104,
) -> Cost:
    """Make a cost, of which the test says what it is about."""
    return Cost(activity, namespaces, 100, Spent(seconds, 0.25, memory, requests), bare)
