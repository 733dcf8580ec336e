"""The policy `steady`: namespaces that come and go replace no adapter, however many there are.

Deployments are written here as Knative's controller writes them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.knative.manifests import of_kind
from tests.knative.probes import DEPLOYMENTS
from tests.lab.dataplane.deployments import (
    CONFIG,
    MANY_NAMESPACES,
    deployment,
    environment_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

BROKER = "http://broker"


@pytest.fixture(autouse=True)
def swept(workbench: Workbench) -> Iterator[None]:
    """Take the Deployments away after a test."""
    yield
    workbench.api.request("DELETE", DEPLOYMENTS)


def source(name: str) -> dict[str, Any]:
    [found] = [each for each in of_kind("default", "ApiServerSource")
               if each["metadata"]["name"] == name]  # fmt: skip
    return found


def put(workbench: Workbench, body: dict[str, Any]) -> dict[str, Any]:
    """Replace a Deployment by another, and return it as it is stored."""
    place = f"{DEPLOYMENTS}/{body['metadata']['name']}"
    answer = workbench.api.request("PUT", place, body)
    assert answer, answer.body
    return dict(answer.body)


def adapter(name: str, namespaces: list[str], *, sink: str = BROKER) -> dict[str, Any]:
    return deployment(source(name), namespaces, sink=sink)


def config_of(stored: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(environment_of(stored)[CONFIG]))


@pytest.mark.parametrize("count", [3, 50, 1_000, 12_000])
def test_nothing_of_an_adapter_changes_when_namespaces_come(
    workbench: Workbench, count: int
) -> None:
    before = workbench.create(DEPLOYMENTS, adapter("mirrors", MANY_NAMESPACES[:2]))

    after = put(workbench, adapter("mirrors", MANY_NAMESPACES[:count]))

    assert after["metadata"]["generation"] == 1
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_an_adapter_is_told_all_but_the_names(workbench: Workbench) -> None:
    told = adapter("mirrors", MANY_NAMESPACES)

    stored = workbench.create(DEPLOYMENTS, told)

    assert config_of(told)["allNamespaces"]
    assert config_of(stored) == {**config_of(told), "namespaces": []}
    assert environment_of(stored).items() - environment_of(told).items() == {
        (CONFIG, environment_of(stored)[CONFIG])
    }


def test_an_adapter_that_was_there_before_the_policy_is_replaced_once(
    workbench: Workbench,
) -> None:
    """Here the policy does not find it at first, by its label."""
    known = adapter("mirrors", ["prod"])
    unknown = {**known, "metadata": {"name": known["metadata"]["name"]}}
    before = workbench.create(DEPLOYMENTS, unknown)

    once = put(workbench, adapter("mirrors", ["prod", "dev"]))
    again = put(workbench, adapter("mirrors", ["prod", "dev", "stage"]))

    assert config_of(before)["namespaces"] == ["prod"]
    assert once["metadata"]["generation"] == again["metadata"]["generation"] == 2


def test_an_adapter_of_one_namespace_is_told_which(workbench: Workbench) -> None:
    stored = workbench.create(DEPLOYMENTS, adapter("namespaces", MANY_NAMESPACES))

    assert config_of(stored)["namespaces"] == ["kn-mirror"]


def test_what_really_changes_replaces_the_adapter(workbench: Workbench) -> None:
    workbench.create(DEPLOYMENTS, adapter("mirrors", ["prod"]))

    after = put(workbench, adapter("mirrors", ["prod", "dev"], sink="http://elsewhere"))

    assert after["metadata"]["generation"] == 2
    assert environment_of(after)["K_SINK"] == "http://elsewhere"


def test_adapters_of_others_are_left_alone(workbench: Workbench) -> None:
    workbench.namespace("prod")

    stored = workbench.create(
        DEPLOYMENTS.replace("/kn-mirror/", "/prod/"), adapter("mirrors", ["prod", "dev"])
    )

    assert config_of(stored)["namespaces"] == ["dev", "prod"]
