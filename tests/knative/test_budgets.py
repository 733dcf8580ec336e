"""What the policies cost in CEL: the largest objects that there can be use up no budget.

The API server refuses an expression at a million units of cost, and a policy at ten.
"""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import auto, reflects, rules
from tests.lab.api import JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.api import Answer, Api
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

SECRETS: Final = "/api/v1/namespaces/dev/secrets"
LARGEST: Final = f"{SECRETS}/largest"
# 900 KiB of content, so that etcd, which takes 1.5 MiB, has room for all of the rest.
KEYS: Final = [f"k{number}" for number in range(1_000)]
# Annotations may have 256 KiB in all.
ANNOTATIONS: Final = {f"example.com/a-{number}": "x" * 230 for number in range(1_000)}
LABELS: Final = {f"example.com/l-{number}": "x" for number in range(1_000)}
# As many as the API server keeps of those who update, and as many who apply.
MANAGERS: Final = [(f"m{number}", operation) for operation in ("Update", "Apply")
                   for number in range(10)]  # fmt: skip
INTO_DEV: Final = auto(reflection_allowed_namespaces="dev")
OF_MIRROR: Final = {
    "labels": {
        "kn-mirror.dev/role": "mirror",
        "kn-mirror.dev/source": "any",
        "app.kubernetes.io/managed-by": "kn-mirror",
    },
    "annotations": {
        **reflects("prod/largest", auto_reflects="True"),
        "kn-mirror.dev/place": "Secret/dev/largest",
    },
}
OF_OTHER: Final[Mapping[str, dict[str, str]]] = {"labels": {}, "annotations": {}}


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


def largest(value: str, more: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Make a Secret of which every part is as large as it may be."""
    encoded = base64.b64encode(value.encode() * 900).decode()
    metadata = {
        "name": "largest",
        "labels": dict.fromkeys(LABELS, value) | more["labels"],
        "annotations": dict.fromkeys(ANNOTATIONS, value * 230) | more["annotations"],
    }
    return {"metadata": metadata, "data": dict.fromkeys(KEYS, encoded)}


def written_by_many() -> list[dict[str, Any]]:
    """Say that each of many has written all of it."""
    fields: dict[str, Any] = {"f:data": {".": {}, **{f"f:{key}": {} for key in KEYS}}}
    entry: dict[str, Any] = {"apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}
    entry["time"] = "2026-01-01T00:00:00Z"
    return [
        {**entry, "manager": manager, "operation": operation} for manager, operation in MANAGERS
    ]


@pytest.fixture
def there(workbench: Workbench, compromised: Api) -> Callable[[Mapping[str, Any]], None]:
    """Have such a Secret there, a mirror of kn-mirror's making or not, that many have written."""
    workbench.namespace("dev")

    def make(more: Mapping[str, Any]) -> None:
        writer = compromised if more is OF_MIRROR else workbench.api
        assert writer.request("POST", f"{SECRETS}?fieldManager=kn-mirror", largest("x", more))
        kubernetes = {
            "Impersonate_User": "system:kube-controller-manager",
            "Impersonate_Group": "system:masters",
        }
        change = [{"op": "add", "path": "/metadata/managedFields", "value": written_by_many()}]
        answer = workbench.api.request(
            "PATCH", LARGEST, change, content_type=JSON_PATCH, **kubernetes
        )
        assert len(answer.body["metadata"]["managedFields"]) >= len(MANAGERS)

    return make


def replaced(api: Api, body: Mapping[str, Any]) -> Answer:
    """Have every part of it replaced."""
    parts = {
        "/metadata/labels": body["metadata"]["labels"],
        "/metadata/annotations": body["metadata"]["annotations"],
        "/data": body["data"],
    }
    change = [{"op": "add", "path": path, "value": value} for path, value in parts.items()]
    place = f"{LARGEST}?fieldManager=kn-mirror"
    return api.request("PATCH", place, change, content_type=JSON_PATCH)


def test_the_largest_mirror_is_made_renewed_and_deleted(
    there: Callable[[Mapping[str, Any]], None], compromised: Api
) -> None:
    there(OF_MIRROR)

    renewed = replaced(compromised, largest("y", OF_MIRROR))
    deleted = compromised.request("DELETE", LARGEST)

    assert (renewed.status, deleted.status) == (200, 200), renewed.body.get("message")


def test_the_largest_source_is_marked_and_unmarked(
    there: Callable[[Mapping[str, Any]], None], compromised: Api
) -> None:
    there(OF_OTHER)

    change = partial(compromised.request, "PATCH", f"{LARGEST}?fieldManager=kn-mirror")
    answers = [
        change({"metadata": {"labels": {"kn-mirror.dev/role": role}}}, content_type=MERGE_PATCH)
        for role in ("source", None)
    ]

    assert [each.status for each in answers] == [200, 200], answers[0].body.get("message")


def test_the_largest_mirror_that_became_a_source_is_promoted(
    there: Callable[[Mapping[str, Any]], None], compromised: Api
) -> None:
    annotations = OF_MIRROR["annotations"] | INTO_DEV
    there({"labels": OF_MIRROR["labels"] | {"kn-mirror.dev/role": "source"},
           "annotations": annotations})  # fmt: skip
    record = dict.fromkeys(OF_MIRROR["annotations"]) | {"kn-mirror.dev/succeeds": "prod/largest"}
    labels = {"kn-mirror.dev/source": None, "app.kubernetes.io/managed-by": None}
    body = {"metadata": {"annotations": record, "labels": labels}}

    place = f"{LARGEST}?fieldManager=kn-mirror"
    answer = compromised.request("PATCH", place, body, content_type=MERGE_PATCH)

    assert answer.status == 200, answer.body.get("message")


def test_the_largest_mirror_may_be_labelled_by_others_and_is_protected(
    there: Callable[[Mapping[str, Any]], None], workbench: Workbench
) -> None:
    there(OF_MIRROR)
    label = {"metadata": {"labels": {"team": "shop"}}}

    labelled = workbench.api.request("PATCH", LARGEST, label, content_type=MERGE_PATCH)
    edited = replaced(workbench.api, largest("y", OF_MIRROR))

    assert (labelled.status, edited.status) == (200, 403)
    assert "only kn-mirror changes it" in edited.body["message"]


def test_the_largest_source_is_declared_and_withdrawn(
    there: Callable[[Mapping[str, Any]], None], workbench: Workbench
) -> None:
    there(OF_OTHER)

    workbench.annotate("Secret", "dev", "largest", INTO_DEV)
    workbench.annotate("Secret", "dev", "largest", rules(reflection_allowed=None))


def test_the_ingress_that_asks_for_most_is_admitted(workbench: Workbench) -> None:
    workbench.namespace("dev")
    tls = [{"hosts": ["example.com"], "secretName": f"tls-{number}"} for number in range(500)]
    template = "{}" + " " * 200_000 + "kn-mirror.dev/"
    metadata = {"name": "most", "annotations": {"cert-manager.io/secret-template": template}}
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    place = "/apis/networking.k8s.io/v1/namespaces/dev/ingresses"
    body = {"metadata": metadata, "spec": {"defaultBackend": backend, "tls": tls}}

    made = workbench.api.request("POST", place, body)
    fewer = {"spec": {"tls": tls[:-1]}}
    changed = workbench.api.request("PATCH", f"{place}/most", fewer, content_type=MERGE_PATCH)
    workbench.api.request("DELETE", f"{place}/most")

    assert (made.status, changed.status) == (201, 200), changed.body.get("message")
