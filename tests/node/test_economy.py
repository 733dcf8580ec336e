"""What kn-mirror costs while nothing, or little, happens that it has to do with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tests.changes import change_unrelated

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

UNRELATED: Final = 1000


def test_a_thousand_changes_of_unrelated_objects_wake_no_function(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("shop")
    installation.settle()
    before, start = installation.delivered(), datetime.now(UTC)

    with installation.pods_made() as made:
        with ThreadPoolExecutor(4) as threads:
            list(
                threads.map(
                    lambda number: change_unrelated(workbench, number), range(UNRELATED // 4)
                )
            )
        installation.rest()

    events = installation.changes_told(since=start, expected=0)
    record_property("events of 1,000 unrelated changes", events)
    record_property("functions' pods after them", len(made))
    assert events == 0
    assert made == []
    assert installation.delivered() == before
