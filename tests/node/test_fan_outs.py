"""A source with 200 mirrors: what a renewal costs, and what becomes of it when it is interrupted.

Their namespaces stay until the machine ends, with which the other tests have ended.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.changes import ONE_LOOK
from tests.knative.installations import USERS
from tests.lab.controlplane import requests_seen
from tests.lab.waiting import eventually
from tests.stories import NAME, held, issue, pair, renew

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

pytestmark = pytest.mark.last_on_its_machine

TEAMS: Final = [f"team-{number:03}" for number in range(200)]
# The source's own, and each of its mirrors'.
CHANGES: Final = 1 + len(TEAMS)


@pytest.fixture(scope="module")
def namespaces() -> list[str]:
    return ["cert-manager", *TEAMS]


@pytest.fixture(autouse=True)
def mirrors(workbench: Workbench, installation: Installation, namespaces: list[str]) -> None:
    """Have 200 mirrors of a certificate, and nothing on its way."""
    known = {each["metadata"]["name"] for each in workbench.objects("Namespace")}
    new = sorted({*namespaces} - known)
    with (
        installation.awaiting("on-namespace-create", len(new)),
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(workbench.namespace, new))
    start = datetime.now(UTC)
    issue(workbench, 1)
    eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(1)), within=120)
    installation.changes_told(since=start, expected=CHANGES)
    installation.rest()


def test_all_is_quiet_after_a_renewal_with_200_mirrors(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    before, start = installation.delivered(), datetime.now(UTC)
    again = installation.redelivered

    with requests_seen(installation.machine.plane, *USERS) as seen:
        renew(workbench, 2)
        eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(2)), within=60)
        installation.rest()

    after = installation.delivered()
    events = {name: after[name] - before[name] for name in after}
    record_property("events of a renewal with 200 mirrors", events)
    record_property("its reads and writes", f"{len(seen.reads)}, {len(seen.writes)}")
    assert events == ONE_LOOK
    # The adapters tell of every mirror, too, which no Trigger passes on.
    assert installation.changes_told(since=start, expected=CHANGES) == CHANGES
    assert len(seen.writes) == 200
    # What Knative delivers again is looked at again.
    assert len(seen.reads) <= 6 + 4 * (installation.redelivered - again)


def test_a_fan_out_whose_functions_are_killed_comes_to_its_end(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    renew(workbench, 2)
    # Asked of one mirror, the answer comes while the others are still to be written.
    eventually(lambda: workbench.data(TEAMS[0], NAME) == pair(2), within=60)
    for pod in installation.pods():
        installation.kill(pod)
    start = time.monotonic()
    done = list(held(workbench).values()).count(pair(2))

    assert 0 < done < len(TEAMS)
    eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(2)), within=120)
    record_property("functions killed in a fan-out to 200, at", f"{done} of 200")
    record_property(
        "functions killed in a fan-out to 200, right after", f"{time.monotonic() - start:.1f} s"
    )
