"""What kn-mirror costs while nothing, or little, happens that it has to do with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from tests.controlplane import requests_seen
from tests.stories import held, issue, pair, renew
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

UNRELATED: Final = 1000
TEAMS: Final = [f"team-{number:03}" for number in range(200)]


def change_unrelated(workbench: Workbench, number: int) -> None:
    """Change objects that mirroring has nothing to do with, four times."""
    name = f"unrelated-{number}"
    workbench.secret("shop", name, {"key": "one"})
    workbench.config_map("shop", name, {"key": "one"})
    workbench.patch("Secret", "shop", name, {"stringData": {"key": "two"}})
    workbench.delete("ConfigMap", "shop", name)


def test_a_thousand_changes_of_unrelated_objects_wake_no_function(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("shop")
    installation.rest()
    installation.await_zero()
    before = installation.delivered()

    with installation.pods_made() as made:
        with ThreadPoolExecutor(4) as threads:
            list(
                threads.map(
                    lambda number: change_unrelated(workbench, number), range(UNRELATED // 4)
                )
            )
        installation.rest()

    record_property("functions' pods after 1,000 unrelated changes", len(made))
    assert made == []
    assert installation.delivered() == before


def test_all_is_quiet_after_a_renewal_with_200_mirrors(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(workbench.namespace, ("cert-manager", *TEAMS)))
    issue(workbench, 1)
    eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(1)), within=60)
    installation.rest()
    before = installation.delivered()

    with requests_seen(installation.machine.plane, *installation.users) as seen:
        renew(workbench, 2)
        eventually(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(2)), within=60)
        installation.rest()

    after = installation.delivered()
    events = {name: after[name] - before[name] for name in after}
    record_property("events of a renewal with 200 mirrors", events)
    record_property("its reads and writes", f"{len(seen.reads)}, {len(seen.writes)}")
    assert events == {
        "on-secret-update": 201,
        "on-namespace-create": 0,
        "on-delete-cleanup": 0,
        "on-resync": 0,
    }
    assert len(seen.writes) == 200
    assert len(seen.reads) <= 206
