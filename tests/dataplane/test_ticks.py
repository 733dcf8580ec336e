"""PingSource's ticks, by Knative's own program: what nothing else notices is bounded in time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.knative.ticks import EVERY_SECOND, NEVER, schedule
from tests.lab.waiting import eventually
from tests.stories import NAME, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dataplane.installations import Installation
    from tests.lab.clusters import Workbench


@contextmanager
def every_second(workbench: Workbench) -> Iterator[None]:
    """Have the tick, which other tests do without, come at once."""
    schedule(workbench.api, EVERY_SECOND)
    try:
        yield
    finally:
        schedule(workbench.api, NEVER)


def test_a_tick_repairs_what_no_event_told_of(
    workbench: Workbench, installation: Installation
) -> None:
    for name in ("cert-manager", "team-00"):
        workbench.namespace(name)
    installation.rest()
    # It takes every event and does nothing: nobody will tell of this source again.
    with installation.doors["on-secret-update"].answering(202):
        issue(workbench, 1)
        installation.rest()
    missing = workbench.data("team-00", NAME)

    with every_second(workbench):
        made = eventually(lambda: workbench.data("team-00", NAME))

    assert missing is None
    assert made
    installation.rest()
    ticks = [
        line
        for line in installation.audit("on-resync")
        if line["event"]["type"] == "dev.knative.sources.ping"
    ]
    assert sum(line["differences"] or 0 for line in ticks) >= 1
