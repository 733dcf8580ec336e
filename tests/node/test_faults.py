"""An adapter that is killed or replaced: what it misses is found by the resync that follows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.changes import FIFTH, TENTH, UNCHANGED, change, differences, make_two_sources, values
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]


@pytest.fixture(autouse=True)
def two_sources(workbench: Workbench, installation: Installation) -> None:
    """Have five mirrors each of two sources, and nothing on its way."""
    make_two_sources(workbench)
    eventually(lambda: values(workbench) == UNCHANGED, within=60)
    installation.rest()


def test_changes_around_a_crash_of_an_adapter_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """An adapter begins with what there is when it starts, and tells of nothing before."""
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
    record_property("adapter killed during ten changes, right after", seconds_since(start))
    eventually(lambda: sum(differences(installation, after=told)) >= 10)
    record_property("what the resyncs found", differences(installation, after=told))


def test_changes_while_an_adapter_is_replaced_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """As by an upgrade of Knative, or when its node goes."""
    told = len(installation.audit("on-resync"))
    before = installation.adapters()

    for number in range(1, 6):
        change(workbench, number)
    installation.delete(before["mirror-sources"])
    start = time.monotonic()
    for number in range(6, 11):
        change(workbench, number)

    eventually(lambda: values(workbench) == TENTH, within=60)
    record_property("adapter replaced during ten changes, right after", seconds_since(start))
    eventually(lambda: len(installation.audit("on-resync")) > told, within=60)
    after = installation.adapters()
    assert {name for name in after if after[name] != before[name]} == {"mirror-sources"}


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s"
