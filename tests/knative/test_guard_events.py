"""The policy `guard`: what a function in wrong hands may tell in Kubernetes Events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import auto

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

EVENTS: Final = "/api/v1/namespaces/dev/events"
REGARDING: Final = {"apiVersion": "v1", "kind": "Secret", "namespace": "dev", "name": "tls"}


def event(**fields: Any) -> dict[str, Any]:
    """Make an Event as kn-mirror does, but for some fields."""
    return {
        "metadata": {"name": "tls.one"},
        "involvedObject": REGARDING,
        "type": "Warning",
        "reason": "MirrorConflict",
        "message": "x" * 1024,
        "source": {"component": "kn-mirror"},
        "count": 1,
        **fields,
    }


def regarding(**fields: str) -> dict[str, Any]:
    return {"involvedObject": REGARDING | fields}


def metadata(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "tls.one", **fields}}


def written(fields: dict[str, Any]) -> dict[str, Any]:
    """Say that some fields were written, and the message."""
    return {
        "manager": "kn-mirror",
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:message": {}, **fields},
    }


OWNER: Final = {"apiVersion": "v1", "kind": "ConfigMap", "name": "any", "uid": "any"}
FORGED: Final[dict[str, dict[str, Any]]] = {
    "of a Node": regarding(kind="Node", namespace="", name="node"),
    "of a Pod": regarding(kind="Pod"),
    "of a Deployment": regarding(kind="Deployment", apiVersion="apps/v1"),
    "of a Secret of somebody else's kind": regarding(apiVersion="example.com/v1"),
    "of a Secret elsewhere": regarding(namespace="prod"),
    "of another namespace": regarding(kind="Namespace", name="prod"),
    "as the kubelet": {"source": {"component": "kubelet"}},
    "as nobody": {"source": {}},
    "on a node": {"source": {"component": "kn-mirror", "host": "node"}},
    "as another controller": {"reportingComponent": "kubelet"},
    "from another instance": {"reportingInstance": "node"},
    "at length": {"message": "x" * 1025},
    "for a long reason": {"reason": "x" * 65},
    "for a reason of several words": {"reason": "run this"},
    "as an error": {"type": "Error"},
    "with more beside it": metadata(annotations={"any": "x" * 200_000}),
    "with many labels": metadata(labels={f"any-{number}": "" for number in range(17)}),
    "that belongs to something": metadata(ownerReferences=[OWNER]),
    "that stays": metadata(finalizers=["example.com/any"]),
    "that is about two": {"related": REGARDING},
    "of a long field": regarding(fieldPath="x" * 65),
    "of a long action": {"action": "x"},
    "of a long name": regarding(name="x" * 254),
    "under a long name": metadata(name="x" * 254),
    "under a long name that is made of another": metadata(generateName="x" * 254),
    "that says at length who wrote it": metadata(managedFields=[written({"f:" + "x" * 99: {}})]),
    "that says so of a field": metadata(
        managedFields=[written({"f:source": {"f:" + "x" * 99: {}}})]
    ),
    "that says so of many": metadata(
        managedFields=[written({f"f:{number}": {} for number in range(33)})]
    ),
    "that says so in depth": metadata(
        managedFields=[written({"f:a": {"f:b": {"f:c": {"f:d": {}}}}})]
    ),
}


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_an_event_of_a_mirror_may_be_written(
    workbench: Workbench, compromised: Api, kind: str
) -> None:
    workbench.namespace("dev")

    answer = compromised.request("POST", EVENTS, event(**regarding(kind=kind)))

    assert answer.status == 201


@pytest.mark.parametrize("forged", sorted(FORGED))
def test_no_event_may_be_written(workbench: Workbench, compromised: Api, forged: str) -> None:
    """F16: somebody would take it for another's word, or the cluster keep what is no message."""
    workbench.namespace("dev")

    answer = compromised.request("POST", EVENTS, event(**FORGED[forged]))

    assert answer.status in {403, 422}
    assert workbench.api.request("GET", EVENTS).body["items"] == []


def test_what_kn_mirror_has_to_tell_is_told(cluster: Cluster, workbench: Workbench) -> None:
    cluster.write("dev/tls", {"key": "own"})

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    events = workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
    assert [each["reason"] for each in events] == ["MirrorConflict"]
