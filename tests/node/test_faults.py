"""An adapter that is killed: what it misses is found by the resync that follows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from mirroring import vocabulary
from tests.clusters import MIRRORS, data_of
from tests.stories import PERMISSION
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

APPS: Final = [f"app-{number}" for number in range(5)]
TO_APPS: Final = PERMISSION | {vocabulary.AUTO_NAMESPACES: "app-.*"}
ADAPTER: Final = "eventing.knative.dev/sourceName=mirror-sources"


def test_changes_around_a_crash_of_an_adapter_are_followed(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """An adapter begins with what there is when it starts, and tells of nothing before."""
    for name in ("prod", *APPS):
        workbench.namespace(name)
    for name in ("tls-0", "tls-1"):
        workbench.secret("prod", name, {"key": "0"}, annotations=TO_APPS)
    eventually(lambda: values(workbench) == {"tls-0": [b"0"] * 5, "tls-1": [b"0"] * 5}, within=60)
    installation.rest()
    told = len(installation.audit("on-resync"))
    adapter = installation.only_pod(ADAPTER)

    for number in range(1, 6):
        change(workbench, number)
    # What a function still handles would repair what the adapter misses, too.
    installation.rest()
    installation.kill(adapter)
    start = time.monotonic()
    for number in range(6, 11):
        change(workbench, number)

    right = {"tls-0": [b"10"] * 5, "tls-1": [b"9"] * 5}
    eventually(lambda: values(workbench) == right, within=60)
    seconds = time.monotonic() - start
    eventually(lambda: sum(differences(installation, after=told)) >= 10)
    record_property("adapter killed during ten changes, right after", f"{seconds:.1f} s")
    record_property("what the resyncs found", differences(installation, after=told))


def change(workbench: Workbench, number: int) -> None:
    """Renew one of the sources."""
    workbench.patch("Secret", "prod", f"tls-{number % 2}", {"stringData": {"key": str(number)}})


def values(workbench: Workbench) -> dict[str, list[bytes]]:
    """What the mirrors hold, by name."""
    found = workbench.objects("Secret", labelSelector=MIRRORS)
    by_name: dict[str, list[bytes]] = {}
    for each in found:
        by_name.setdefault(each["metadata"]["name"], []).append(data_of(each)["key"])
    return by_name


def differences(installation: Installation, *, after: int) -> list[int]:
    """What the resyncs found, apart from nothing."""
    lines = installation.audit("on-resync", after=after)
    return [line["differences"] for line in lines if line["differences"]]
