"""What the stories take for granted of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.clusters import Workbench
from tests.lab.node.images import Image
from tests.lab.node.pods import phase, pod
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.node.machines import Machine
    from tests.lab.node.programs import NodePrograms

PODS = "/api/v1/namespaces/talk/pods"


@pytest.fixture
def bench(node: Machine) -> Iterator[Workbench]:
    """The cluster, with a namespace `talk`."""
    found = Workbench(node.api)
    found.namespace("talk")
    account = "/api/v1/namespaces/talk/serviceaccounts/default"
    eventually(lambda: found.api.request("GET", account))
    yield found
    found.delete_namespace("talk")


def test_pods_find_a_pod_by_the_name_of_its_service(
    node: Machine, node_programs: NodePrograms, bench: Workbench
) -> None:
    image = node.runtime.add(Image("dev.local/probe:tests", node_programs.probe))
    ports = {"ports": [{"port": 80, "targetPort": 8080}]}
    bench.create(
        "/api/v1/namespaces/talk/services",
        {"metadata": {"name": "word"}, "spec": {"selector": {"app": "word"}, **ports}},
    )

    bench.create(PODS, pod("word", image))
    bench.create(PODS, pod("asks", image, "http://word.talk.svc.cluster.local/"))

    asks = f"{PODS}/asks"
    eventually(lambda: phase(bench.api, asks) == "Succeeded", within=60)
    assert bench.api.request("GET", f"{asks}/log").body == "served by a pod"
