"""The policy `protect`: nobody but kn-mirror changes or deletes a mirror that it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, auto, reflects
from tests.lab.api import MERGE_PATCH, Api
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

MIRROR = "/api/v1/namespaces/dev/secrets/tls"


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


def test_a_mirror_goes_with_its_namespace(mirrored: Cluster, workbench: Workbench) -> None:
    workbench.delete_namespace("dev")

    assert mirrored.mirrored("tls", source="prod") == set()


@pytest.mark.usefixtures("mirrored")
def test_the_account_that_empties_namespaces_may_delete_a_mirror(workbench: Workbench) -> None:
    """Where each of Kubernetes' controllers has an account of its own."""
    accounts = "/api/v1/namespaces/kube-system/serviceaccounts"
    workbench.create(accounts, metadata(name="namespace-controller"))
    token = workbench.create(f"{accounts}/namespace-controller/token", {"spec": {}})
    controller = Api(
        workbench.api.url, token=token["status"]["token"], ca_file=workbench.api.ca_file
    )

    answer = controller.request("DELETE", MIRROR.removesuffix("/tls"))
    workbench.api.request("DELETE", f"{accounts}/namespace-controller")

    assert answer.status == 200
    assert workbench.data("dev", "tls") is None


def test_what_belongs_to_something_that_is_gone_is_deleted(
    workbench: Workbench, cluster: Cluster
) -> None:
    """kn-mirror makes no such mirror; what another tool left may be one."""
    del cluster
    owner = workbench.config_map("dev", "owner", {})["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
    body = metadata(
        name="left",
        labels={"kn-mirror.dev/role": "mirror"},
        annotations=reflects("prod/left", auto_reflects="True"),
        ownerReferences=[reference],
    )
    workbench.create("/api/v1/namespaces/dev/secrets", body)

    workbench.delete("ConfigMap", "dev", "owner")

    eventually(lambda: workbench.data("dev", "left") is None, within=60)


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
