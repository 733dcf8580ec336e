"""What it costs: events that are delivered, and requests that the API server gets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.changes import ONE_LOOK, change_unrelated
from tests.conformance.clusters import ALLOWED, reflects
from tests.knative.installations import USERS, user_of
from tests.lab.controlplane import requests_seen, verbs_asked
from tests.lab.waiting import eventually
from tests.stories import NAME, held, issue, pair, renew

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dataplane.installations import Installation
    from tests.lab.clusters import Workbench

    Report = Callable[[str, object], None]

EDITED: Final = "kn-mirror.dev/edited"
# Base64 of `forged`.
FORGED: Final = {"data": {"key": "Zm9yZ2Vk"}}
UNRELATED: Final = 1000
TEAMS: Final = [f"team-{number:03}" for number in range(200)]


def events_during(installation: Installation, act: Callable[[], object]) -> dict[str, int]:
    """Count the events that each function got of something, once all is quiet again."""
    start = datetime.now(UTC)
    act()
    installation.rest()
    return installation.delivered(since=start)


def test_a_thousand_changes_of_unrelated_objects_wake_nothing(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("shop")
    installation.rest()

    def change() -> None:
        for number in range(UNRELATED // 4):
            change_unrelated(workbench, number)

    events = events_during(installation, change)

    record_property("events of 1,000 unrelated changes", sum(events.values()))
    assert sum(events.values()) == 0


def test_a_renewal_with_200_mirrors_costs_a_write_each_and_wakes_one_function(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """What kn-mirror writes of its mirrors wakes nothing; what others write does."""
    namespaces = ["cert-manager", *TEAMS]
    with (
        installation.awaiting("on-namespace-create", len(namespaces)),
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(workbench.namespace, namespaces))
    issue(workbench, 1)
    eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(1)), within=60)
    installation.rest()

    with requests_seen(installation.plane, *USERS) as seen:
        events = events_during(installation, lambda: renew(workbench, 2))

    assert held(workbench) == dict.fromkeys(TEAMS, pair(2))
    record_property("events of a renewal with 200 mirrors", events)
    record_property("its reads and writes", f"{len(seen.reads)}, {len(seen.writes)}")
    assert events == ONE_LOOK
    assert len(seen.writes) == 200
    assert [read for read in seen.reads if read.namespace in TEAMS] == []
    assert len(seen.reads) <= 6


@pytest.mark.parametrize("change", [FORGED, {"metadata": {"labels": {"team": "shop"}}}])
def test_an_edit_of_a_mirror_wakes_one_function_and_its_repair_none(
    workbench: Workbench, installation: Installation, change: dict[str, object]
) -> None:
    """Whether it changed what kn-mirror keeps or not."""
    for name in ("cert-manager", "team-000"):
        workbench.namespace(name)
    issue(workbench, 1)
    eventually(lambda: workbench.data("team-000", NAME))
    installation.rest()

    events = events_during(
        installation, lambda: workbench.patch("Secret", "team-000", NAME, change)
    )

    assert held(workbench) == {"team-000": pair(1)}
    assert workbench.names("Secret", labelSelector=EDITED) == []
    assert events == ONE_LOOK


def test_a_pull_mirror_wakes_one_function_and_its_filling_none(
    workbench: Workbench, installation: Installation
) -> None:
    for name in ("cert-manager", "shop"):
        workbench.namespace(name)
    workbench.secret("cert-manager", "ca", {"key": "one"}, annotations=ALLOWED)
    installation.rest()
    declared = reflects("cert-manager/ca")

    declaring = events_during(
        installation, lambda: workbench.secret("shop", "copy", {}, annotations=declared)
    )
    filled = workbench.data("shop", "copy")
    renewing = events_during(
        installation, lambda: workbench.patch("Secret", "cert-manager", "ca", FORGED)
    )

    assert filled == {"key": b"one"}
    assert workbench.data("shop", "copy") == workbench.data("cert-manager", "ca")
    assert declaring == renewing == ONE_LOOK


def test_nothing_that_a_resync_finds_in_order_is_written_or_read(
    workbench: Workbench, installation: Installation
) -> None:
    for name in ("cert-manager", "team-000"):
        workbench.namespace(name)
    issue(workbench, 1)
    eventually(lambda: workbench.data("team-000", NAME))
    installation.rest()

    with requests_seen(installation.plane, *USERS) as seen:
        with installation.adapters["namespaces"].dead():
            pass
        installation.rest()

    asked = {(each.verb, each.name) for each in seen.requests if each.resource != "leases"}
    assert asked == {("list", "")}


@pytest.mark.parametrize(
    ("account", "resources"),
    [
        ("watch-objects", ["configmaps", "secrets"]),
        ("watch-namespaces", ["namespaces"]),
        ("watch-adapters", ["pods"]),
    ],
)
def test_an_adapter_uses_the_rights_of_its_account(
    installation: Installation, account: str, resources: list[str]
) -> None:
    """They have two (docs/rights.md); where the API server streams lists, one is enough."""
    asked = verbs_asked(installation.plane, user_of(account))

    watched = {(resource, "watch") for resource in resources}
    assert watched <= asked <= watched | {(resource, "list") for resource in resources}
