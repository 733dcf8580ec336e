"""Many namespaces: what adapters are told of them, and how little that matters to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.lab.dataplane.deployments import CONFIG
from tests.lab.waiting import eventually
from tests.stories import held, issue, pair

if TYPE_CHECKING:
    from tests.dataplane.installations import Installation
    from tests.lab.clusters import Workbench


def test_adapters_for_12000_namespaces_run_and_tell_of_one_made_later(
    workbench: Workbench, installation: Installation
) -> None:
    """By the policy `steady`: what Knative's controller names is no process's to take."""
    told = {name: json.loads(each.told[CONFIG]) for name, each in installation.adapters.items()}

    workbench.namespace("cert-manager")
    issue(workbench, 1)
    workbench.namespace("team-new")

    eventually(lambda: held(workbench) == {"team-new": pair(1)}, within=60)
    everywhere = {name for name in told if told[name]["allNamespaces"]}
    assert everywhere == {"edits", "mirror-sources", "mirrors"}
    assert [told[name]["namespaces"] for name in sorted(everywhere)] == [[], [], []]
