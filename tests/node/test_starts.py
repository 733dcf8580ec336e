"""From zero to the mirrors of a new namespace, and where the time goes."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

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


def test_a_new_namespace_gets_its_mirrors_from_zero(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("prod")
    for name in SOURCES:
        workbench.secret("prod", name, {"key": "value"}, annotations=TO_APPS)
    installation.settle()
    mirrors = [f"app-new/{name}" for name in SOURCES]

    start = time.time()
    workbench.namespace("app-new")
    eventually(lambda: workbench.names("Secret", labelSelector=MIRRORS) == mirrors, within=60)
    end = time.time()

    line = eventually(
        lambda: [each for each in installation.audit(FUNCTION) if each["created"] == 3],
        within=60,
    )[-1]
    runs = started(installation)
    [ready] = [
        seconds(each.time)
        for each in installation.lines(FUNCTION)
        if f"{FUNCTION} starts with" in each.text and seconds(each.time) > start
    ]
    handled = line["duration_ms"] / 1000
    begun = seconds(line["time"]) - handled
    record_property("new namespace, from zero to 3 mirrors", f"{end - start:.2f} s, of which")
    record_property("  event, activator and start of the container", f"{runs - start:.2f} s")
    record_property("  start of Python and gunicorn, and import", f"{ready - runs:.2f} s")
    record_property("  readiness and delivery of the event", f"{begun - ready:.2f} s")
    record_property("  handling", f"{handled:.2f} s")


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
