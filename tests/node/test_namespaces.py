"""Namespaces that come: each gets its mirrors, and nothing is replaced or resynced for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.changes import TO_APPS
from tests.knative.manifests import of_kind
from tests.lab.waiting import eventually
from tests.node.installations import OF_ADAPTERS
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

NEW: Final = [f"app-{number:02}" for number in range(50)]
A_NEW_POD: Final = "dev.knative.apiserver.ref.add"
SOURCE: Final = "ApiServerSource"
# At a time, as few as a machine of two cores gives their mirrors without falling behind.
TOGETHER: Final = 10


def test_50_new_namespaces_replace_no_adapter_and_have_nothing_resynced(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    """An adapter without the time to say that it is well has a resync made, too, by its own Pod."""
    workbench.namespace("prod")
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS)
    installation.settle()
    told, ready = len(installation.audit("on-resync")), installation.ready_since()

    with installation.pods_made(OF_ADAPTERS) as replaced:
        for count in range(TOGETHER, len(NEW) + 1, TOGETHER):
            make_namespaces(workbench, NEW[count - TOGETHER : count])
            await_mirrors(workbench, NEW[:count])
        installation.rest()

    woken = [line["event"]["type"] for line in installation.audit("on-resync", after=told)]
    still = ready.items() & installation.ready_since().items()
    record_property("adapters replaced by 50 new namespaces", len(replaced))
    record_property("events for on-resync meanwhile", len(woken))
    record_property("sources ready all the while", f"{len(still)} of {len(ready)}")
    assert replaced == []
    assert A_NEW_POD not in woken
    assert ready.keys() == {each["metadata"]["name"] for each in of_kind("default", SOURCE)}
    eventually(lambda: installation.ready_since().keys() == ready.keys(), within=60)


def make_namespaces(workbench: Workbench, names: list[str]) -> None:
    for name in names:
        workbench.namespace(name)


def await_mirrors(workbench: Workbench, namespaces: list[str]) -> None:
    mirrors = [f"{name}/tls" for name in namespaces]
    eventually(lambda: workbench.names("Secret", labelSelector=MIRRORS) == mirrors, within=60)
