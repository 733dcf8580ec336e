"""An adapter that is killed: what it misses is found by the resync that follows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.changes import FIFTH, TENTH, UNCHANGED, change, differences, make_two_sources, values
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]


def test_changes_around_a_crash_of_an_adapter_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """An adapter begins with what there is when it starts, and tells of nothing before."""
    make_two_sources(workbench)
    eventually(lambda: values(workbench) == UNCHANGED, within=60)
    installation.await_adapters()
    installation.rest()
    told = len(installation.audit("on-resync"))
    adapter = installation.adapter("mirror-sources")

    for number in range(1, 6):
        change(workbench, number)
    eventually(lambda: values(workbench) == FIFTH, within=60)
    # What a function still handles would repair what the adapter misses, too.
    installation.rest()
    installation.kill(adapter)
    start = time.monotonic()
    for number in range(6, 11):
        change(workbench, number)

    eventually(lambda: values(workbench) == TENTH, within=60)
    seconds = time.monotonic() - start
    eventually(lambda: sum(differences(installation, after=told)) >= 10)
    record_property("adapter killed during ten changes, right after", f"{seconds:.1f} s")
    record_property("what the resyncs found", differences(installation, after=told))
