"""What was wished for of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.bench.arrivals import ARRIVAL
from tests.bench.figures import Count, Memory, Ratio
from tests.bench.renewals import RENEWAL
from tests.bench.resyncs import THIRD_MISSING, TICK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.crowds import Crowd
    from tests.bench.figures import Figure
    from tests.bench.spending import Cost

_REQUESTS: Final = 5
_MEMORY: Final = 128.0
_HOARD: Final = 200.0
_GROWTH: Final = 1.3
# Activity → namespaces → how many times the bare requests' time it may take.
_RATIOS: Final = {
    RENEWAL: {1_000: 1.25, 10_000: 1.2},
    THIRD_MISSING: {1_000: 1.5, 10_000: 1.5},
    TICK: {1_000: 1.5, 10_000: 1.5},
}


def figures_of(costs: Sequence[Cost]) -> Iterator[Figure]:
    """Put the costs in clusters of one size or several beside the goals."""
    for cost in costs:
        if cost.bare is not None:
            goal = _RATIOS.get(cost.activity, {}).get(cost.namespaces)
            yield Ratio(_titled(cost), cost.ours.seconds, cost.bare, goal)
        if cost.activity == TICK:
            name = f"{_titled(cost)}: requests beside further pages"
            yield Count(name, cost.beside_pages, _REQUESTS, at_most=True)
    for namespaces in sorted({cost.namespaces for cost in costs}):
        most = max(cost.ours.memory for cost in costs if cost.namespaces == namespaces)
        yield Memory(f"{namespaces:,} namespaces: peak memory of all of these", most, _MEMORY)
    yield from _growth([cost for cost in costs if cost.activity == ARRIVAL])


def _growth(arrivals: Sequence[Cost]) -> Iterator[Figure]:
    if len(arrivals) > 1:
        first, last = arrivals[0], arrivals[-1]
        name = f"{ARRIVAL}: in {last.namespaces:,} (ours) and in {first.namespaces:,} (bare)"
        yield Ratio(name, last.ours.seconds, first.ours.seconds, _GROWTH)


def figures_of_crowd(crowd: Crowd) -> Iterator[Figure]:
    """Put what became of eight events at once beside what should."""
    yield Count("eight sources at once: mirrors made", crowd.made, crowd.wanted)
    yield Count("eight renewals at once: mirrors that followed", crowd.followed, crowd.wanted)
    yield Count("accusations of that", crowd.accusations, 0)


def figures_of_hoard(costs: Sequence[Cost]) -> Iterator[Figure]:
    """Put the memory that very many mirrors take beside the goal."""
    for cost in costs:
        yield Memory(f"{costs[0].written:,} mirrors: {cost.activity}", cost.ours.memory, _HOARD)


def _titled(cost: Cost) -> str:
    written = f" ({cost.written:,} written)" if cost.written else ""
    return f"{cost.namespaces:,} namespaces: {cost.activity}{written}"
