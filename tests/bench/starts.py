"""How long a function takes from nothing to its first answer, as in a pod."""

from __future__ import annotations

import compileall
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sandbox.processes import gunicorn
from tests.bench.figures import Ratio
from tests.bench.serving import Serving, event, ping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.controlplane.servers import ControlPlane

_PROJECT: Final = Path(__file__).parents[2]
_GOAL: Final = 1.6
_ROUNDS: Final = 9
_EMPTY: Final = "tests.bench.empty_app"

# Each about something that is not there, so that what is timed is the start.
_FIRST_EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "functions.on_secret_update": event("update", "Secret", "default", "absent"),
    "functions.on_namespace_create": event("add", "Namespace", "", "absent"),
    "functions.on_delete_cleanup": event("delete", "Secret", "default", "absent"),
    "functions.on_resync": ping(),
    _EMPTY: event("update", "Secret", "default", "absent"),
}


def measure_starts(plane: ControlPlane, folder: Path) -> list[Ratio]:
    """Start each function and an empty app in turns; return the medians.

    Args:
        plane: a cluster with next to nothing in it.
        folder: for what the functions say, and for their service account.
    """
    compile_checkout()
    pod = _pod(plane, folder / "serviceaccount")
    times: dict[str, list[float]] = {app: [] for app in _FIRST_EVENTS}
    for _ in range(_ROUNDS):
        for app, measured in times.items():
            measured.append(_start(app, pod, folder))
    medians = {app: median(each) for app, each in times.items()}
    bare = medians.pop(_EMPTY)
    return [
        Ratio(f"cold start of {app.partition('.')[2]}", ours, bare, _GOAL)
        for app, ours in medians.items()
    ]


def compile_checkout() -> None:
    """Write bytecode, as the image has it of all that is loaded; the checkout's may be older."""
    for folder in ("functions", "shared", "tests"):
        compileall.compile_dir(_PROJECT / folder, quiet=1)


def _pod(plane: ControlPlane, account: Path) -> dict[str, str]:
    """Write the functions' account as a pod has it; return the variables by which it is found."""
    account.mkdir()
    (account / "token").write_text(plane.tokens["functions"])
    (account / "ca.crt").write_bytes(plane.ca_file.read_bytes())
    url = urlsplit(plane.url)
    return {
        "KUBERNETES_SERVICE_HOST": str(url.hostname),
        "KUBERNETES_SERVICE_PORT": str(url.port),
        "POD_ACCOUNT": str(account),
        # It would wait for further events that never come.
        "KN_MIRROR_RESYNC_DELAY": "0",
    }


def _start(app: str, pod: Mapping[str, str], folder: Path) -> float:
    served = app if app == _EMPTY else "tests.in_pod"
    start = time.perf_counter()
    with gunicorn(f"{served}:app", folder, **pod, POD_FUNCTION=app) as process:
        Serving(process).send(_FIRST_EVENTS[app])
        return time.perf_counter() - start
