"""The policy `protect`: nobody but kn-mirror makes, changes or deletes a mirror of its making."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.cluster.decoding import Decoder
from mirroring.objects.references import SECRET, Ref
from mirroring.ownership.claims import Standing, claim
from tests.claimed import EXAMPLES
from tests.conformance.clusters import ALLOWED, PREFIX, auto, reflects
from tests.knative.documents import commands_of
from tests.knative.manifests import OVERLAY_FOLDER
from tests.knative.test_guard_mirrors import NAMES
from tests.lab.api import JSON, MERGE_PATCH
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.api import Answer
    from tests.lab.clusters import Workbench
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane

SECRETS = "/api/v1/namespaces/dev/secrets"
MIRROR = f"{SECRETS}/tls"
AUTHORITY = "kube-root-ca.crt"
CONTROLLERS = "system:kube-controller-manager"
# What `guard` does not tell from a tool's, and refuses on a mirror that is made anew.
LOOKALIKES = ("xcert-manager.io/any", "a.b.c.d.e.f.g.kopf.zalando.org/any")


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@pytest.fixture
def mirrored(cluster: Cluster) -> Cluster:
    """Secret prod/tls, and its mirror dev/tls."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    return cluster


def metadata(**fields: Any) -> dict[str, Any]:
    return {"metadata": fields}


def looking_like_a_mirror(name: str, **fields: Any) -> dict[str, Any]:
    labels = {"kn-mirror.dev/role": "mirror"}
    annotations = reflects("no/such", auto_reflects="True")
    return metadata(name=name, labels=labels, annotations=annotations, **fields)


def as_user(workbench: Workbench, user: str, method: str, path: str, body: object = None) -> Answer:
    """Send a request as somebody who may do everything, by RBAC."""
    return workbench.api.request(
        method,
        path,
        body,
        content_type=MERGE_PATCH if method == "PATCH" else JSON,
        Impersonate_User=user,
        Impersonate_Group="system:masters",
    )


CHANGES = {
    "change it": {"data": {"key": "dHdv"}},
    "add a key": {"data": {"more": "dHdv"}},
    "empty it": {"data": None},
    "make it immutable": {"immutable": True},
    "let it belong to something": metadata(
        ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "any", "uid": "any"}]
    ),
    "take its role away": metadata(labels={"kn-mirror.dev/role": None}),
    "give it another role": metadata(labels={"kn-mirror.dev/role": "source"}),
    "give it another manager": metadata(labels={"app.kubernetes.io/managed-by": "me"}),
    "name another source": metadata(annotations={f"{PREFIX}reflects": "stage/tls"}),
    "make it a pull mirror": metadata(annotations={f"{PREFIX}auto-reflects": "false"}),
    "make it a source": metadata(annotations=ALLOWED),
    "take all its annotations away": metadata(annotations=None),
}


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_not_even_the_administrator_can(workbench: Workbench, change: str) -> None:
    before = workbench.get("Secret", "dev", "tls")

    answer = workbench.api.request("PATCH", MIRROR, CHANGES[change], content_type=MERGE_PATCH)

    assert answer.status == 403
    assert (
        "Secret dev/tls is a mirror of prod/tls, and only kn-mirror changes it. "
        "Change prod/tls instead"
    ) in answer.body["message"]
    assert workbench.get("Secret", "dev", "tls") == before


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("path", [MIRROR, MIRROR.removesuffix("/tls")])
def test_not_even_the_administrator_can_delete_it(workbench: Workbench, path: str) -> None:
    answer = workbench.api.request("DELETE", path)

    assert answer.status == 403
    assert (
        "Secret dev/tls is a mirror of prod/tls, and only kn-mirror deletes it. "
        "Withdraw it at its source: take this namespace out of what its annotations permit"
    ) in answer.body["message"]
    assert workbench.data("dev", "tls") == {"key": b"one"}


def test_mirrors_of_config_maps_are_protected_too(workbench: Workbench, cluster: Cluster) -> None:
    workbench.config_map("prod", "tls", {"key": "one", "binary": b"\x00"}, annotations=auto())
    cluster.handler.reconcile("prod", "tls", "ConfigMap")

    answer = workbench.api.request(
        "PATCH",
        "/api/v1/namespaces/dev/configmaps/tls",
        {"binaryData": {"binary": "AQ=="}},
        content_type=MERGE_PATCH,
    )

    assert answer.status == 403


@pytest.mark.usefixtures("mirrored")
def test_others_may_put_labels_and_annotations_of_their_own_on_a_mirror(
    workbench: Workbench,
) -> None:
    ours = {"example.com/team": "shop"}
    change = metadata(labels=ours, annotations=ours)

    answer = workbench.api.request("PATCH", MIRROR, change, content_type=MERGE_PATCH)

    assert answer.status == 200


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("name", [*NAMES, *LOOKALIKES])
@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_nobody_makes_a_mirror_another_tools(workbench: Workbench, name: str, field: str) -> None:
    """S8: kn-mirror would leave it to that tool, or could not make it anew."""
    change = metadata(**{field: {name: "any"}})

    answer = workbench.api.request("PATCH", MIRROR, change, content_type=MERGE_PATCH)

    assert answer.status == 403
    assert (
        f"Secret dev/tls is a mirror of prod/tls, and would get {name}, by which a tool takes it "
        "for its own, so that kn-mirror might not renew it. Leave that out"
    ) in answer.body["message"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_nobody_dresses_a_mirror_as_what_kn_mirror_leaves_alone(
    workbench: Workbench, mirrored: Cluster, example: str
) -> None:
    """By whatever else says of an object whose it is."""
    del mirrored
    dress = EXAMPLES[example]
    owners = [
        {"apiVersion": "v1", "kind": kind, "name": "any", "uid": kind, "controller": True}
        for kind in dress.controllers
    ]
    change = metadata(annotations=dress.annotations, labels=dress.labels, ownerReferences=owners)

    place = f"{MIRROR}?dryRun=All"
    answer = workbench.api.request("PATCH", place, change, content_type=MERGE_PATCH)

    found = answer.body if answer else workbench.get("Secret", "dev", "tls")
    read = Decoder(SECRET).metadata(json.dumps(found).encode())
    assert claim(read, Ref(SECRET, "prod", "tls")).standing is Standing.OWNED


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("name", [names.CERTIFICATE, "owner"])
def test_whoever_finds_a_mirror_another_tools_may_mend_that(
    workbench: Workbench, name: str
) -> None:
    """As of before `protect`."""
    theirs = metadata(annotations={name: "any"}, labels={name: "any"})
    as_user(workbench, CONTROLLERS, "PATCH", MIRROR, theirs)
    change = metadata(annotations={name: None}, labels={name: None})

    answer = workbench.api.request("PATCH", MIRROR, change, content_type=MERGE_PATCH)

    assert answer.status == 200
    assert name not in answer.body["metadata"]["annotations"] | answer.body["metadata"]["labels"]


def test_a_mirror_goes_with_its_namespace(mirrored: Cluster, workbench: Workbench) -> None:
    workbench.delete_namespace("dev")

    assert mirrored.mirrored("tls", source="prod") == set()


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("account", ["namespace-controller", "root-ca-cert-publisher", "any"])
def test_an_account_of_kubernetes_may_delete_a_mirror(workbench: Workbench, account: str) -> None:
    """Where each of Kubernetes' controllers has an account of its own."""
    controller = f"system:serviceaccount:kube-system:{account}"

    answer = as_user(workbench, controller, "DELETE", MIRROR)

    assert answer.status == 200
    assert workbench.data("dev", "tls") is None


def test_what_belongs_to_something_that_is_gone_is_deleted(
    workbench: Workbench, cluster: Cluster
) -> None:
    """kn-mirror makes no such mirror; what another tool left may be one."""
    del cluster
    owner = workbench.config_map("dev", "owner", {})["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
    body = looking_like_a_mirror("left", ownerReferences=[reference])
    as_user(workbench, CONTROLLERS, "POST", SECRETS, body)

    workbench.delete("ConfigMap", "dev", "owner")

    assert eventually(lambda: workbench.data("dev", "left") is None, within=60)


def test_kubernetes_repairs_the_certificate_authority_that_pods_trust(
    workbench: Workbench, cluster: Cluster
) -> None:
    """F6: whatever is in its place, and however it is dressed."""
    del cluster
    forged = looking_like_a_mirror(AUTHORITY)["metadata"]
    maps = "/api/v1/namespaces/dev/configmaps"
    eventually(lambda: workbench.data("dev", AUTHORITY, "ConfigMap"), within=60)
    own = workbench.data("dev", AUTHORITY, "ConfigMap")

    change = {"metadata": forged, "data": {"ca.crt": "forged"}}
    forger = "system:serviceaccount:kube-system:forger"
    as_user(workbench, forger, "PATCH", f"{maps}/{AUTHORITY}", change)

    eventually(lambda: workbench.data("dev", AUTHORITY, "ConfigMap") == own, within=60)


def test_nobody_makes_what_looks_like_a_mirror(workbench: Workbench, cluster: Cluster) -> None:
    """F11: it would be locked, for everybody."""
    del cluster

    answer = workbench.api.request("POST", SECRETS, looking_like_a_mirror("forged"))

    assert answer.status == 403
    assert (
        "Secret dev/forged would look like a mirror of no/such, and only kn-mirror makes those. "
        "To have an object of your own, leave out the label kn-mirror.dev/role; a mirror that is "
        "missing comes back by itself"
    ) in answer.body["message"]


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_nobody_makes_an_object_look_like_a_mirror(
    workbench: Workbench, cluster: Cluster, kind: str
) -> None:
    del cluster
    (workbench.secret if kind == "Secret" else workbench.config_map)("dev", "own", {"key": "one"})
    path = f"/api/v1/namespaces/dev/{kind.lower()}s/own"
    look = looking_like_a_mirror("own")

    dressed = workbench.api.request("PATCH", path, look, content_type=MERGE_PATCH)
    half = {"metadata": {"labels": look["metadata"]["labels"]}}
    labelled = workbench.api.request("PATCH", path, half, content_type=MERGE_PATCH)
    the_rest = workbench.api.request("PATCH", path, look, content_type=MERGE_PATCH)

    assert [each.status for each in (dressed, labelled, the_rest)] == [403, 200, 403]
    assert workbench.api.request("DELETE", path).status == 200


@pytest.mark.usefixtures("mirrored")
def test_a_copy_of_a_mirror_is_refused_and_a_copy_without_the_label_is_not(
    workbench: Workbench,
) -> None:
    workbench.namespace("copies")
    found = workbench.get("Secret", "dev", "tls")
    assert found
    annotations, labels = found["metadata"]["annotations"], dict(found["metadata"]["labels"])

    def copied(labels: dict[str, str]) -> int:
        body = metadata(name="tls", annotations=annotations, labels=labels)
        return workbench.api.request("POST", "/api/v1/namespaces/copies/secrets", body).status

    refused = copied(labels)
    del labels["kn-mirror.dev/role"]

    assert (refused, copied(labels)) == (403, 201)


def test_a_mirror_that_a_backup_would_restore_comes_back_by_itself(
    mirrored: Cluster, workbench: Workbench
) -> None:
    """As the documents say of Velero."""
    saved = workbench.get("Secret", "dev", "tls")
    assert saved
    workbench.delete_namespace("dev")
    workbench.namespace("dev")
    restored = {each: saved["metadata"][each] for each in ("name", "labels", "annotations")}

    answer = workbench.api.request("POST", SECRETS, {"metadata": restored, "data": saved["data"]})
    mirrored.handler.reconcile_namespace("dev")

    assert answer.status == 403
    assert mirrored.data("dev/tls") == {"key": "one"}


@pytest.mark.usefixtures("mirrored")
def test_there_is_a_way_out(workbench: Workbench, kubectl: Kubectl) -> None:
    """The one that the documents tell an administrator of."""
    [leave] = commands_of("Who may edit a mirror: `protect`")

    kubectl(*leave)
    eventually(lambda: workbench.api.request("DELETE", f"{MIRROR}?dryRun=All"), within=60)
    answer = workbench.api.request("DELETE", MIRROR)
    kubectl("apply", "-k", str(OVERLAY_FOLDER.parent / "policies" / "protect"))
    forged = looking_like_a_mirror("forged")
    eventually(
        lambda: workbench.api.request("POST", f"{SECRETS}?dryRun=All", forged).status == 403,
        within=60,
    )

    assert answer.status == 200


def test_what_reflector_left_is_protected_only_when_it_was_taken_over(cluster: Cluster) -> None:
    left = reflects("prod/tls", auto_reflects="True")
    cluster.workbench.secret("dev", "tls", {"key": "older"}, annotations=left)

    cluster.workbench.patch("Secret", "dev", "tls", {"data": {"key": "bmV3ZXI="}})

    assert cluster.data("dev/tls") == {"key": "newer"}


def test_a_pull_mirror_stays_its_owners(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.change("dev/copy", key="mine")
    changed = cluster.data("dev/copy")
    cluster.delete("dev/copy")

    assert changed == {"key": "mine"}
    assert cluster.data("dev/copy") is None


def test_a_source_stays_its_owners(mirrored: Cluster) -> None:
    mirrored.change("prod/tls", key="two")
    followed = mirrored.data("dev/tls")
    mirrored.delete("prod/tls")

    assert followed == {"key": "two"}
    assert mirrored.data("dev/tls") is None
