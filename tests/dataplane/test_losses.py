"""Events that are lost, on Knative's own parts: what they would have led to follows in seconds.

No tick comes to help: the next is minutes away. What a resync found is in the audit log.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest
import urllib3

from tests.changes import TENTH, UNCHANGED, change, differences, make_two_sources, values
from tests.lab.clusters import RefusedError
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dataplane.installations import Installation
    from tests.lab.clusters import Workbench

    Report = Callable[[str, object], None]

# An event whose function is away comes again after up to eight seconds.
LONGER_THAN_ANY_RETRY: Final = 9.0


@pytest.fixture(autouse=True)
def two_sources(workbench: Workbench, installation: Installation) -> None:
    """Have five mirrors each of two sources, and nothing on its way."""
    make_two_sources(workbench)
    eventually(lambda: values(workbench) == UNCHANGED)
    installation.rest()


@pytest.fixture
def retries(installation: Installation) -> Iterator[None]:
    """Let no event come again after the test."""
    yield
    installation.rest(for_=LONGER_THAN_ANY_RETRY)


def await_tenth(workbench: Workbench) -> float:
    """Wait until every mirror is as the last two of ten changes made its source; return seconds."""
    start = time.monotonic()
    eventually(lambda: values(workbench) == TENTH, within=60)
    return time.monotonic() - start


def test_what_a_dead_adapter_missed_is_repaired_when_it_is_back(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    told = len(installation.audit("on-resync"))
    for number in range(1, 6):
        change(workbench, number)
    installation.rest()

    with installation.adapters["mirror-sources"].dead():
        for number in range(6, 11):
            change(workbench, number)

    seconds = await_tenth(workbench)
    eventually(lambda: sum(differences(installation, after=told)) == 10)
    record_property(
        "adapter killed during ten changes, right after it was back", f"{seconds:.2f} s"
    )


def test_a_deletion_that_a_dead_adapter_missed_is_made_good(
    workbench: Workbench, installation: Installation
) -> None:
    told = len(installation.audit("on-resync"))

    with installation.adapters["mirror-sources"].dead():
        workbench.delete("Secret", "prod", "tls-0")

    eventually(lambda: values(workbench) == {"tls-1": [b"0"] * 5}, within=60)
    eventually(lambda: differences(installation, after=told) == [5])


def test_a_namespace_that_a_dead_adapter_missed_gets_its_mirrors(
    workbench: Workbench, installation: Installation
) -> None:
    told = len(installation.audit("on-resync"))

    with installation.adapters["namespaces"].dead():
        workbench.namespace("app-new")

    eventually(lambda: values(workbench) == {"tls-0": [b"0"] * 6, "tls-1": [b"0"] * 6}, within=60)
    eventually(lambda: differences(installation, after=told) == [2])


@pytest.mark.usefixtures("retries")
def test_changes_around_a_crash_of_the_api_server_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    for number in range(1, 6):
        change(workbench, number)
    installation.plane.apiserver.kill()
    start = time.monotonic()
    installation.plane.apiserver.start()
    installation.plane.await_ready()
    for number in range(6, 11):
        eventually(partial(is_taken, workbench, number), within=60)
    away = time.monotonic() - start

    seconds = await_tenth(workbench)

    record_property("API server killed, until it took five changes", f"{away:.2f} s")
    record_property("API server killed, right after those changes", f"{seconds:.2f} s")


def is_taken(workbench: Workbench, number: int) -> bool:
    """Renew one of the sources, if the API server takes it."""
    try:
        change(workbench, number)
    except (urllib3.exceptions.HTTPError, RefusedError):
        return False
    return True


@pytest.mark.usefixtures("retries")
def test_changes_while_the_brokers_filter_is_away_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    start = time.monotonic()
    installation.parts.filter.kill()
    for number in range(1, 11):
        change(workbench, number)
    eventually(lambda: time.monotonic() - start > 5)
    installation.parts.filter.start()
    installation.parts.await_filter()

    await_tenth(workbench)

    seconds = time.monotonic() - start
    record_property("broker filter away for 5 s, right after the fault began", f"{seconds:.2f} s")


@pytest.mark.usefixtures("retries")
def test_an_event_that_its_function_refuses_to_the_end_becomes_a_resync(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """Five retries take fifteen seconds; then the event goes where dead letters go."""
    told = len(installation.audit("on-resync"))
    start = time.monotonic()
    with installation.doors["on-secret-update"].answering(503):
        for number in range(1, 11):
            change(workbench, number)

        await_tenth(workbench)

    seconds = time.monotonic() - start
    eventually(lambda: sum(differences(installation, after=told)) == 10)
    record_property("function answering 503 throughout, right after", f"{seconds:.2f} s")
