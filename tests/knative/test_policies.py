"""The admission policies: what they allow and what they deny, with the accounts' own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.clusters import ALLOWED, AUTO, PREFIX, auto, reflects, rules
from tests.lab.api import JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

ROLE = "kn-mirror.dev/role"
SECRETS = "/api/v1/namespaces/dev/secrets"
OF_MIRROR = {
    "labels": {ROLE: "mirror", "app.kubernetes.io/managed-by": "kn-mirror"},
    "annotations": {f"{PREFIX}reflects": "prod/tls", f"{PREFIX}auto-reflects": "True"},
}


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("annotations", "role"),
    [
        (ALLOWED, "source"),
        ({f"{PREFIX}reflection-allowed": " True "}, "source"),
        ({f"{PREFIX}reflection-allowed": "yes"}, None),
        (reflects("prod/tls"), "pull-mirror"),
        (reflects("prod/tls") | ALLOWED, "pull-mirror"),
        (reflects("prod/tls", auto_reflects="True"), None),
        ({"example.com/reflection-allowed": "true"}, None),
    ],
)
@pytest.mark.parametrize("kind", ["secrets", "configmaps"])
def test_what_is_annotated_is_labelled_by_the_api_server(
    workbench: Workbench, kind: str, annotations: dict[str, str], role: str | None
) -> None:
    workbench.namespace("dev")
    metadata = {"name": "tls", "annotations": annotations, "labels": {"theirs": "stays"}}

    made = workbench.create(f"/api/v1/namespaces/dev/{kind}", {"metadata": metadata})

    assert made["metadata"]["labels"].get(ROLE) == role
    assert made["metadata"]["labels"]["theirs"] == "stays"


@pytest.mark.usefixtures("token")
def test_what_is_annotated_later_is_labelled_then(workbench: Workbench) -> None:
    workbench.namespace("dev")
    workbench.secret("dev", "tls", {"key": "one"})

    changed = workbench.annotate("Secret", "dev", "tls", ALLOWED)

    assert changed["metadata"]["labels"] == {ROLE: "source"}


def test_under_guard_mirrors_are_made_follow_and_go(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))
    cluster.change("prod/tls", key="two")
    followed = cluster.data("dev/tls")
    cluster.annotate("prod/tls", rules(reflection_allowed=None))

    assert followed == {"key": "two"}
    assert cluster.mirrored("tls", source="prod") == set()
    assert ROLE not in cluster.metadata("prod/tls").get("labels", {})


def test_under_guard_mirrors_are_repaired_and_made_again(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))

    cluster.change("dev/tls", key="edited")
    cluster.delete("stage/tls")

    assert cluster.data("dev/tls") == cluster.data("stage/tls") == {"key": "one"}


def test_under_guard_pull_mirrors_are_filled(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("dev/copy", {}, reflects("prod/tls"))

    assert cluster.data("dev/copy") == {"key": "one"}


def test_under_guard_an_object_that_is_handed_over_becomes_the_mirror(cluster: Cluster) -> None:
    cluster.write("dev/tls", {"own": "goes"}, {"kn-mirror.dev/adopt": "prod/tls"})

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    assert cluster.data("dev/tls") == {"key": "one"}


def test_under_guard_mirrors_of_another_name_and_immutable_ones_are_kept(cluster: Cluster) -> None:
    cluster.workbench.annotate("Namespace", "", "dev", {"kn-mirror.dev/accept": "prod/tls"})
    annotations = auto(reflection_auto_namespaces="dev") | {"kn-mirror.dev/name": "other"}
    cluster.write("prod/tls", {"key": "one"}, annotations, immutable=True)
    cluster.workbench.delete("Secret", "prod", "tls")

    cluster.write("prod/tls", {"key": "two"}, annotations)

    assert cluster.data("dev/other") == {"key": "two"}


def test_under_guard_a_cluster_that_reflector_left_is_taken_over(cluster: Cluster) -> None:
    bench = cluster.workbench
    bench.secret("prod", "tls", {"key": "one"}, annotations=AUTO)
    left = {f"{PREFIX}reflects": "prod/tls", f"{PREFIX}auto-reflects": "True"}
    bench.secret("dev", "tls", {"key": "older"}, annotations=left)
    bench.secret("dev", "orphan", {"key": "one"}, annotations=left | reflects("prod/orphan"))

    cluster.resync()

    assert cluster.data("dev/tls") == {"key": "one"}
    assert cluster.data("dev/orphan") is None


def mirror(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **OF_MIRROR}, "data": {"key": "b25l"}, **fields}


def without(field: str, name: str) -> dict[str, Any]:
    """A mirror that lacks one thing that makes it one."""
    body = mirror("forged")
    metadata = body["metadata"]
    metadata[field] = {key: value for key, value in metadata[field].items() if key != name}
    return body


def credential(kind: str) -> dict[str, Any]:
    """A mirror by its bookkeeping, for which Kubernetes or Helm has a use of its own."""
    body = mirror("forged", type=kind)
    metadata = body["metadata"]
    of_account = {"kubernetes.io/service-account.name": "default"}
    return {**body, "metadata": {**metadata, "annotations": metadata["annotations"] | of_account}}


def replace(path: str, value: object) -> list[dict[str, object]]:
    return [{"op": "add", "path": path, "value": value}]


OWNED = {
    "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "gone"}]
}
FORGED = {
    "manager": "forged",
    "operation": "Apply",
    "apiVersion": "v1",
    "time": "2026-01-01T00:00:00Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {"f:key": {}}},
}
FORBIDDEN: dict[str, tuple[str, str, Any]] = {
    "create a Secret": ("POST", "", {"metadata": {"name": "forged"}}),
    "create one with the label only": ("POST", "", without("annotations", f"{PREFIX}reflects")),
    "create one with bookkeeping only": ("POST", "", without("labels", ROLE)),
    "create one that nobody manages": (
        "POST", "", without("labels", "app.kubernetes.io/managed-by"),
    ),
    "create a source": ("POST", "", {"metadata": {"name": "forged", "annotations": AUTO}}),
    "change a user's Secret": ("PATCH", "users", {"data": {"key": "Zm9yZ2Vk"}}),
    "add a key to it": ("PATCH", "users", {"data": {"more": "Zm9yZ2Vk"}}),
    "empty it": ("PATCH", "users", {"data": None}),
    "make it immutable": ("PATCH", "users", {"immutable": True}),
    "annotate it": ("PATCH", "users", {"metadata": {"annotations": {"any": "thing"}}}),
    "label it": ("PATCH", "users", {"metadata": {"labels": {"any": "thing"}}}),
    "take its label away": ("PATCH", "users", {"metadata": {"labels": {"theirs": None}}}),
    "label it as a mirror": ("PATCH", "users", {"metadata": {"labels": {ROLE: "mirror"}}}),
    "make it a mirror": ("PATCH", "users", mirror("users")),
    "say that it was edited": (
        "PATCH", "users", {"metadata": {"labels": {"kn-mirror.dev/edited": "true"}}},
    ),
    "hand it over": (
        "PATCH", "users", {"metadata": {"annotations": {"kn-mirror.dev/adopt": "prod/tls"}}},
    ),
    "permit mirrors of it": ("PATCH", "users", {"metadata": {"annotations": AUTO}}),
    "mark it and change it": (
        "PATCH", "users", {"metadata": {"labels": {ROLE: "source"}}, "data": {"key": "Zm9y"}},
    ),
    "replace it": ("PUT", "users", mirror("users")),
    "delete it": ("DELETE", "users", None),
    "delete all Secrets": ("DELETE", "", None),
    "delete a source": ("DELETE", "source", None),
    "change a source": ("PATCH", "source", {"data": {"key": "Zm9yZ2Vk"}}),
    "delete a pull mirror": ("DELETE", "pulled", None),
    "turn a mirror into something else": ("PATCH", "mirror", {"metadata": {"annotations": None}}),
    "let a Secret belong to something that is gone": ("PATCH", "users", {"metadata": OWNED}),
    "let a pull mirror belong to it": ("PATCH", "pulled", {"metadata": OWNED}),
    "let a mirror belong to it": ("PATCH", "mirror", {"metadata": OWNED}),
    "create one that belongs to it": (
        "POST", "", {"metadata": {"name": "forged", **OF_MIRROR, **OWNED}},
    ),
    "keep a Secret from going": ("PATCH", "users", {"metadata": {"finalizers": ["a.io/b"]}}),
    "make a pull mirror one that it may delete": ("PATCH", "pulled", {"metadata": OF_MIRROR}),
    "make something of what is handed over to another": (
        "PATCH", "handed-over", {"metadata": OF_MIRROR},
    ),
    "have the token of an account made": (
        "POST", "", credential("kubernetes.io/service-account-token"),
    ),
    "let a machine join": ("POST", "", credential("bootstrap.kubernetes.io/token")),
    "forge a release of Helm": ("POST", "", credential("helm.sh/release.v1")),
    "change one that is a pull mirror": ("PATCH", "release", {"data": {"key": "Zm9yZ2Vk"}}),
    "forget who wrote a Secret": ("PATCH", "users", {"metadata": {"managedFields": [{}]}}),
    "say that somebody else did": ("PATCH", "users", {"metadata": {"managedFields": [FORGED]}}),
    "say that somebody else filled a pull mirror": (
        "PATCH", "pulled", {"metadata": {"managedFields": [FORGED]}},
    ),
    "forget who wrote a source": ("PATCH", "source", {"metadata": {"managedFields": [{}]}}),
    "write in plain text": ("PATCH", "users", {"stringData": {"key": "forged"}}),
}  # fmt: skip


@pytest.mark.parametrize("wrong", sorted(FORBIDDEN))
def test_a_function_in_wrong_hands_cannot(
    workbench: Workbench, compromised: Api, wrong: str
) -> None:
    workbench.namespace("dev")
    workbench.secret("dev", "users", {"key": "one"}, labels={"theirs": "stays"})
    workbench.secret("dev", "source", {"key": "one"}, annotations=ALLOWED)
    workbench.secret("dev", "pulled", {"key": "one"}, annotations=reflects("prod/tls"))
    workbench.secret(
        "dev", "release", {}, annotations=reflects("prod/tls"), type="helm.sh/release.v1"
    )
    workbench.secret("dev", "handed-over", {}, annotations={"kn-mirror.dev/adopt": "prod/other"})
    workbench.create(SECRETS, mirror("mirror"))
    before = workbench.objects("Secret", "dev")
    method, name, body = FORBIDDEN[wrong]

    path = f"{SECRETS}/{name}" if name else SECRETS
    answer = compromised.request(
        method, path, body, content_type=MERGE_PATCH if method == "PATCH" else "application/json"
    )

    assert answer.status == 403
    assert workbench.objects("Secret", "dev") == before


WRITTEN: dict[str, dict[str, Any]] = {
    "a value": {"f:data": {"f:key": {}}},
    "all values": {"f:data": {".": {}}},
    "a value in plain text": {"f:stringData": {"f:key": {}}},
    "the type": {"f:type": {}},
    "that it is immutable": {"f:immutable": {}},
    "a label": {"f:metadata": {"f:labels": {"f:theirs": {}}}},
    "an annotation": {"f:metadata": {"f:annotations": {"f:theirs": {}}}},
    "what it belongs to": {"f:metadata": {"f:ownerReferences": {".": {}}}},
}


@pytest.mark.parametrize("written", sorted(WRITTEN))
@pytest.mark.parametrize("manager", ["argocd-controller", "ancient-changes"])
def test_a_function_in_wrong_hands_cannot_say_that_a_tool_applied(
    workbench: Workbench, compromised: Api, written: str, manager: str
) -> None:
    """F9: what a tool has applied it deletes when that is in its manifest no more."""
    workbench.namespace("dev")
    theirs = {"theirs": "stays"}
    made = workbench.secret("dev", "users", {"key": "one"}, labels=theirs, annotations=theirs)
    forged = [*made["metadata"]["managedFields"], {**FORGED, "manager": manager}]
    forged[-1]["fieldsV1"] = WRITTEN[written]
    change = replace("/metadata/managedFields", forged)
    marked = [{"op": "add", "path": "/metadata/labels", "value": {**theirs, ROLE: "source"}}]

    answer = compromised.request(
        "PATCH", f"{SECRETS}/users", [*change, *marked], content_type=JSON_PATCH
    )
    body: dict[str, Any] = {"metadata": {"labels": theirs}}
    workbench.apply("Secret", "dev", "users", body, manager=manager)

    assert answer.status == 403
    assert workbench.data("dev", "users") == {"key": b"one"}


def test_a_function_in_wrong_hands_cannot_apply_as_a_tool(
    workbench: Workbench, compromised: Api
) -> None:
    """A pull mirror's content is kn-mirror's to write, but not in the name of others."""
    workbench.namespace("dev")
    workbench.secret("dev", "pulled", {"key": "one"}, annotations=reflects("prod/tls"))
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pulled"}}

    answer = compromised.request(
        "PATCH",
        f"{SECRETS}/pulled?fieldManager=argocd-controller&force=true",
        {**body, "data": {"key": "b25l"}},
        content_type="application/apply-patch+yaml",
    )

    assert answer.status == 403


def test_a_function_in_wrong_hands_cannot_say_so_of_what_was_a_mirror(
    workbench: Workbench, compromised: Api
) -> None:
    """Its owner made a source of it, and kn-mirror takes its record off."""
    workbench.namespace("dev")
    record, promoted = mirror("mirror")["metadata"]["annotations"], dict(ALLOWED)
    made = mirror("mirror")
    made["metadata"]["annotations"] = record | promoted
    found = workbench.create(SECRETS, made)["metadata"]
    labels = {"op": "add", "path": "/metadata/labels", "value": {ROLE: "source"}}
    rest = promoted | {"kn-mirror.dev/succeeds": "prod/tls"}
    annotations = {"op": "add", "path": "/metadata/annotations", "value": rest}
    forged = replace("/metadata/managedFields", [*found["managedFields"], FORGED])

    def answer(change: list[dict[str, Any]]) -> int:
        place = f"{SECRETS}/mirror?dryRun=All"
        return compromised.request("PATCH", place, change, content_type=JSON_PATCH).status

    assert answer([labels, annotations]) == 200
    assert answer([labels, annotations, *forged]) == 403


def test_what_many_have_written_can_be_marked(workbench: Workbench, compromised: Api) -> None:
    """Of more than ten the API server merges the oldest, in the very write."""
    workbench.namespace("dev")
    workbench.secret("dev", "users", {"key": "one"})
    for number in range(12):
        change = {"data": {f"key-{number}": "b25l"}, "metadata": {"labels": {f"l-{number}": "a"}}}
        path = f"{SECRETS}/users?fieldManager=manager-{number}"
        workbench.api.request("PATCH", path, change, content_type=MERGE_PATCH)

    marked, unmarked = (
        compromised.request("PATCH", f"{SECRETS}/users", change, content_type=MERGE_PATCH)
        for change in (
            {"metadata": {"labels": {ROLE: "source"}}},
            {"metadata": {"labels": {ROLE: None}}},
        )
    )

    assert (marked.status, unmarked.status) == (200, 200)


def test_a_function_in_wrong_hands_cannot_make_a_users_secret_its_own_in_two_steps(
    workbench: Workbench, compromised: Api
) -> None:
    workbench.namespace("dev")
    workbench.secret("dev", "users", {"key": "one"})
    label = replace("/metadata/labels", {ROLE: "source"})

    first = compromised.request("PATCH", f"{SECRETS}/users", label, content_type=JSON_PATCH)
    second = compromised.request(
        "PATCH", f"{SECRETS}/users", mirror("users"), content_type=MERGE_PATCH
    )

    assert (first.status, second.status) == (200, 403)
    assert workbench.data("dev", "users") == {"key": b"one"}


@pytest.mark.parametrize(
    "change", [{"data": {"key": "two"}}, {"binaryData": {"binary": "AQ=="}}, {"data": None}]
)
def test_a_function_in_wrong_hands_cannot_change_a_byte_of_a_config_map(
    workbench: Workbench, compromised: Api, change: dict[str, object]
) -> None:
    workbench.namespace("dev")
    workbench.config_map("dev", "users", {"key": "one", "binary": b"\x00"})
    path = "/api/v1/namespaces/dev/configmaps/users"

    answer = compromised.request("PATCH", path, change, content_type=MERGE_PATCH)

    assert answer.status == 403
    assert workbench.data("dev", "users", "ConfigMap") == {"key": b"one", "binary": b"\x00"}


def test_the_object_with_the_most_keys_can_be_marked(
    workbench: Workbench, compromised: Api
) -> None:
    """What an expression costs is limited; where one costs more, everything is refused."""
    workbench.namespace("dev")
    many = {f"key-{number}": "x" for number in range(20_000)}
    workbench.config_map("dev", "users", many)
    label = replace("/metadata/labels", {ROLE: "source"})

    answer = compromised.request(
        "PATCH", "/api/v1/namespaces/dev/configmaps/users", label, content_type=JSON_PATCH
    )

    assert answer.status == 200
