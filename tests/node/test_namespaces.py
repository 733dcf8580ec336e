"""Namespaces that come: each gets its mirrors, and nothing is replaced or resynced for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


def test_50_new_namespaces_replace_no_adapter_and_wake_no_resync(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    workbench.namespace("prod")
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS)
    installation.settle()
    resynced, ready = installation.delivered()["on-resync"], installation.ready_since()

    with installation.pods_made(OF_ADAPTERS) as replaced:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(workbench.namespace, NEW))
        mirrors = [f"{name}/tls" for name in NEW]
        eventually(lambda: workbench.names("Secret", labelSelector=MIRRORS) == mirrors, within=60)
        installation.rest()

    record_property("adapters replaced by 50 new namespaces", len(replaced))
    record_property("sources ready all the while", len(ready))
    assert replaced == []
    assert installation.delivered()["on-resync"] == resynced
    assert installation.ready_since() == ready
    assert len(ready) == len(of_kind("default", "ApiServerSource"))
