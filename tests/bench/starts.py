"""How long a function takes from nothing to its first answer."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Final

from tests.bench.figures import Ratio
from tests.bench.serving import event, ping, served

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_GOAL: Final = 2.5
_ROUNDS: Final = 9
_EMPTY: Final = "tests.bench.empty_app:app"

# Each about something that is not there, so that what is timed is the start.
_FIRST_EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "on_secret_update": event("update", "Secret", "default", "absent"),
    "on_namespace_create": event("add", "Namespace", "", "absent"),
    "on_delete_cleanup": event("delete", "Secret", "default", "absent"),
    "on_resync": ping(),
}


def measure_starts(kubeconfig: Path, folder: Path) -> list[Ratio]:
    """Start each function and an empty app in turns; return the medians.

    Args:
        kubeconfig: of a cluster with next to nothing in it.
        folder: for what the functions say.
    """
    apps = {f"functions.{name}:app": first for name, first in _FIRST_EVENTS.items()}
    apps[_EMPTY] = event("update", "Secret", "default", "absent")
    times: dict[str, list[float]] = {app: [] for app in apps}
    for _ in range(_ROUNDS):
        for app, first in apps.items():
            times[app].append(_start(app, first, kubeconfig, folder))
    medians = {app: median(measured) for app, measured in times.items()}
    bare = medians.pop(_EMPTY)
    return [
        Ratio(f"cold start of {app.split('.')[1].removesuffix(':app')}", ours, bare, _GOAL)
        for app, ours in medians.items()
    ]


def _start(app: str, first: Mapping[str, str], kubeconfig: Path, folder: Path) -> float:
    start = time.perf_counter()
    with served(app, kubeconfig, folder) as serving:
        serving.send(first)
        return time.perf_counter() - start
