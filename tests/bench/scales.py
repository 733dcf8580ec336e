"""Costs by the number of namespaces, as a table and as a picture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.figures import duration, markdown_table
from tests.bench.pictures import Panel, Series, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.spending import Cost

_HEADINGS: Final = (
    "what happens",
    "namespaces",
    "written",
    "time",
    "bare requests",
    "own processor time",
    "memory",
    "requests",
)
_NOTE: Final = "dashed: the same requests by urllib3 alone"
_LIMIT: Final = "the limit of memory that the manifests set"
_MANIFEST: Final = Path(__file__).parents[2] / "knative" / "base" / "every" / "function.yaml"
_LIMITS: Final = re.compile(r"limits: \{memory: (\d+)Mi\}")


def costs_table(costs: Sequence[Cost]) -> str:
    """Lay the costs out as a table of Markdown, by what happens and then by size."""
    rows = [_row(cost) for one in _by_activity(costs) for cost in one]
    return markdown_table(_HEADINGS, rows)


def costs_picture(costs: Sequence[Cost]) -> str:
    """Draw the costs, as an SVG document: time, requests and memory by namespaces."""
    series = _by_activity(costs)
    times = [_series(each, lambda cost: cost.ours.seconds) for each in series]
    bare = [
        _series(each, lambda cost: cost.bare or 0.0, dashed=True)
        for each in series
        if all(cost.bare for cost in each)
    ]
    requests = [_series(each, lambda cost: float(cost.ours.requests)) for each in series]
    memory = [_series(each, lambda cost: cost.ours.memory) for each in series]
    limit = Series(_LIMIT, [(cost.namespaces, _memory_limit()) for cost in series[0]])
    panels = (
        Panel("time, in seconds", [*times, *bare]),
        Panel("requests to the API server", requests),
        Panel("peak memory, in MB", [*memory, limit]),
    )
    return picture(panels, across="namespaces", note=_NOTE)


def _memory_limit() -> float:
    """Read what the manifests let a function have, in megabytes."""
    return int(_LIMITS.findall(_MANIFEST.read_text())[0]) * 1024**2 / 1e6


def _by_activity(costs: Sequence[Cost]) -> list[list[Cost]]:
    activities = dict.fromkeys(cost.activity for cost in costs)
    return [[cost for cost in costs if cost.activity == each] for each in activities]


def _row(cost: Cost) -> tuple[str, ...]:
    return (
        cost.activity,
        f"{cost.namespaces:,}",
        f"{cost.written:,}",
        duration(cost.ours.seconds),
        duration(cost.bare) if cost.bare is not None else "",
        duration(cost.ours.processor),
        f"{cost.ours.memory:.0f} MB",
        f"{cost.ours.requests:,}",
    )


def _series(
    costs: Sequence[Cost], value: Callable[[Cost], float], *, dashed: bool = False
) -> Series:
    points = [(cost.namespaces, value(cost)) for cost in costs]
    return Series(costs[0].activity, points, dashed=dashed)
