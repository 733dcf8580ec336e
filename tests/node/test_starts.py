"""From zero to the mirrors of a new namespace, and where the time goes."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.changes import TO_APPS
from tests.lab.node.pods import is_ending
from tests.lab.waiting import eventually
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

FUNCTION: Final = "on-namespace-create"
SOURCES: Final = ("tls-0", "tls-1", "tls-2")
# Between two of them Knative lets a pod drain, which takes longer than all that is measured.
STARTS: Final = 3


class Start(NamedTuple):
    """How many seconds went by from a namespace to the last of its mirrors, and on what."""

    all: float
    container: float
    python: float
    delivery: float
    handling: float


def test_a_new_namespace_gets_its_mirrors_from_zero(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("prod")
    for name in SOURCES:
        workbench.secret("prod", name, {"key": "value"}, annotations=TO_APPS)

    starts = sorted(from_zero(installation, f"app-{number}") for number in range(STARTS))

    each = ", ".join(f"{start.all:.2f}" for start in starts)
    median = starts[STARTS // 2]
    record_property("new namespace, from zero to 3 mirrors, each time", f"{each} s")
    record_property("  the median", f"{median.all:.2f} s, of which")
    record_property("  event, activator and start of the container", f"{median.container:.2f} s")
    record_property("  start of Python and gunicorn, and import", f"{median.python:.2f} s")
    record_property("  readiness and delivery of the event", f"{median.delivery:.2f} s")
    record_property("  handling", f"{median.handling:.2f} s")


def from_zero(installation: Installation, namespace: str) -> Start:
    """Make a namespace while all functions are at zero, and wait for its mirrors."""
    bench = installation.workbench
    installation.settle()
    # A pod that is about to end may still take an event.
    eventually(lambda: not installation.pods(), within=120)
    mirrors = [f"{namespace}/{name}" for name in SOURCES]

    start = time.time()
    bench.namespace(namespace)
    eventually(lambda: mirrors_in(bench, namespace) == mirrors, within=60)
    end = time.time()

    line = eventually(lambda: handled(installation, namespace), within=60)
    runs = started(installation)
    [ready] = [
        seconds(each.time)
        for each in installation.lines(FUNCTION)
        if f"{FUNCTION} starts with" in each.text and seconds(each.time) > start
    ]
    handling = line["duration_ms"] / 1000
    begun = seconds(line["time"]) - handling
    return Start(end - start, runs - start, ready - runs, begun - ready, handling)


def mirrors_in(bench: Workbench, namespace: str) -> list[str]:
    found = bench.names("Secret", labelSelector=MIRRORS)
    return [name for name in found if name.startswith(f"{namespace}/")]


def handled(installation: Installation, namespace: str) -> dict[str, Any]:
    """Return the audit line of the event that made a namespace's mirrors, once it is there."""
    lines = installation.audit(FUNCTION)
    made = [
        each for each in lines
        if each["created"] == len(SOURCES) and each["event"]["subject"].endswith(f"/{namespace}")
    ]  # fmt: skip
    return made[-1] if made else {}


def started(installation: Installation) -> float:
    """Return when containerd had started the function's container that runs."""
    identity = eventually(lambda: container(installation))
    log = (installation.machine.enclosure.folder / "containerd.log").read_text()
    said = re.search(rf'time="(\S+)" .*for \\"{identity}\\" returns successfully', log)
    assert said
    return seconds(said[1])


def container(installation: Installation) -> str:
    """Return what containerd calls that container, once Kubernetes knows."""
    containers = [
        status
        for pod in installation.pods(f"serving.knative.dev/service={FUNCTION}")
        if not is_ending(pod)
        for status in pod["status"].get("containerStatuses", ())
        if status["name"] == "function"
    ]
    return next((each.get("containerID", "") for each in containers), "").removeprefix(
        "containerd://"
    )


def seconds(text: str) -> float:
    """Read a time, whose fractions may be finer than Python's."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).timestamp()
