"""What mirrors hold: types, immutability, both kinds of objects, labels and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring.reporting.reports import Action
from tests.conformance.clusters import auto

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster

TO_DEV = auto(reflection_auto_namespaces="dev")
PAIR = {"tls.crt": "cert", "tls.key": "key"}


def mirror(cluster: Cluster, kind: str = "Secret", name: str = "tls") -> dict[str, Any]:
    found = cluster.workbench.get(kind, "dev", name)
    assert found is not None
    return found


def test_a_mirror_has_the_type_of_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", PAIR, TO_DEV, type="kubernetes.io/tls")

    assert mirror(cluster)["type"] == "kubernetes.io/tls"


@pytest.mark.parametrize(
    "refused",
    ["helm.sh/release.v1", "bootstrap.kubernetes.io/token"],
)
def test_a_type_that_is_no_business_of_others_is_refused(cluster: Cluster, refused: str) -> None:
    report = cluster.write("prod/tls", {"key": "one"}, TO_DEV, type=refused)

    assert cluster.data("dev/tls") is None
    assert f"type {refused} is never mirrored" in report.outcomes[0].because


def test_a_source_whose_type_changed_has_its_mirror_made_anew(cluster: Cluster) -> None:
    cluster.write("prod/tls", PAIR, TO_DEV)
    cluster.workbench.delete("Secret", "prod", "tls")

    cluster.write("prod/tls", PAIR, TO_DEV, type="kubernetes.io/tls")

    assert mirror(cluster)["type"] == "kubernetes.io/tls"


def test_an_immutable_source_has_an_immutable_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV, immutable=True)

    assert mirror(cluster)["immutable"] is True


def test_an_immutable_mirror_is_made_anew_when_the_content_changed(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV, immutable=True)
    cluster.workbench.delete("Secret", "prod", "tls")

    cluster.write("prod/tls", {"key": "two"}, TO_DEV)

    assert cluster.data("dev/tls") == {"key": "two"}
    assert "immutable" not in mirror(cluster)


def test_an_immutable_mirror_is_not_made_anew_for_less(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV, immutable=True)
    before = mirror(cluster)["metadata"]["uid"]

    cluster.patch("prod/tls", {"metadata": {"labels": {"any": "label"}}})

    assert mirror(cluster)["metadata"]["uid"] == before


def test_a_mirror_becomes_immutable_with_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.patch("prod/tls", {"immutable": True})

    assert mirror(cluster)["immutable"] is True


def test_a_config_map_is_mirrored_with_text_and_bytes(cluster: Cluster) -> None:
    cluster.write_config_map("prod/ca", {"text": "one"}, {"bytes": "AAE="}, TO_DEV)

    found = mirror(cluster, "ConfigMap", "ca")
    assert (found["data"], found["binaryData"]) == ({"text": "one"}, {"bytes": "AAE="})


def test_a_config_maps_text_and_bytes_follow_apart(cluster: Cluster) -> None:
    cluster.write_config_map("prod/ca", {"text": "one"}, {"bytes": "AAE="}, TO_DEV)

    cluster.patch("prod/ca", {"data": {"text": None}, "binaryData": {"bytes": "AAI="}}, "ConfigMap")

    found = mirror(cluster, "ConfigMap", "ca")
    assert "data" not in found
    assert found["binaryData"] == {"bytes": "AAI="}


def test_a_secret_and_a_config_map_of_one_name_do_not_meet(cluster: Cluster) -> None:
    cluster.write("dev/ca", {"own": "stays"})

    report = cluster.write_config_map("prod/ca", {"text": "one"}, {}, TO_DEV)

    assert report.counts()[Action.CREATED] == 1
    assert cluster.data("dev/ca") == {"own": "stays"}


def test_a_mirror_has_neither_labels_nor_annotations_of_its_source(cluster: Cluster) -> None:
    annotations = TO_DEV | {"example.com/note": "mine"}

    cluster.write("prod/tls", {"key": "one"}, annotations, labels={"team": "mine"})

    metadata = mirror(cluster)["metadata"]
    assert "team" not in metadata["labels"]
    assert "example.com/note" not in metadata["annotations"]


def test_a_mirror_has_neither_owner_nor_finalizers_of_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.write("prod/owner", {})
    uid = cluster.metadata("prod/owner")["uid"]
    owner = {"apiVersion": "v1", "kind": "Secret", "name": "owner", "uid": uid}
    metadata = {"ownerReferences": [owner], "finalizers": ["example.com/held"]}

    cluster.patch("prod/tls", {"metadata": metadata, "stringData": {"key": "two"}})
    cluster.patch("prod/tls", {"metadata": {"ownerReferences": None, "finalizers": None}})

    assert cluster.data("dev/tls") == {"key": "two"}
    assert not {"ownerReferences", "finalizers"} & mirror(cluster)["metadata"].keys()


def test_annotations_reach_mirrors_on_request(cluster: Cluster) -> None:
    annotations = TO_DEV | {"example.com/note": "one", "kn-mirror.dev/copy-annotations": "*"}
    cluster.workbench.annotate("Namespace", "", "dev", {"kn-mirror.dev/accept": "prod/tls"})
    cluster.write("prod/tls", {"key": "one"}, annotations)

    cluster.annotate("prod/tls", {"example.com/note": "two"})

    assert mirror(cluster)["metadata"]["annotations"]["example.com/note"] == "two"


def test_what_cert_manager_knows_its_own_by_never_reaches_a_mirror(cluster: Cluster) -> None:
    annotations = TO_DEV | {
        "cert-manager.io/certificate-name": "wildcard",
        "kn-mirror.dev/copy-annotations": "*,cert-manager.io/certificate-name",
        "kn-mirror.dev/copy-labels": "*,controller.cert-manager.io/fao",
    }

    cluster.write(
        "prod/tls", {"key": "one"}, annotations, labels={"controller.cert-manager.io/fao": "true"}
    )

    assert "cert-manager.io/certificate-name" not in mirror(cluster)["metadata"]["annotations"]
    assert "controller.cert-manager.io/fao" not in mirror(cluster)["metadata"]["labels"]


def test_a_mirror_has_some_keys_on_request(cluster: Cluster) -> None:
    cluster.write("prod/tls", PAIR, TO_DEV | {"kn-mirror.dev/keys": "tls.crt"})

    assert cluster.data("dev/tls") == {"tls.crt": "cert"}


@pytest.mark.parametrize(
    ("type_", "demanded", "more"),
    [
        ("kubernetes.io/tls", "tls.crt,tls.key", "ca.crt"),
        ("kubernetes.io/basic-auth", "password", "username"),
        ("kubernetes.io/ssh-auth", "ssh-privatekey", "known_hosts"),
    ],
)
def test_a_mirror_with_the_keys_that_its_type_demands_has_the_type(
    cluster: Cluster, type_: str, demanded: str, more: str
) -> None:
    """R28. `projectcontour/contour#1697` reads Secrets of the type alone."""
    held = dict.fromkeys([*demanded.split(","), more], "one")

    cluster.write("prod/tls", held, TO_DEV | {"kn-mirror.dev/keys": demanded}, type=type_)

    assert mirror(cluster)["type"] == type_
    assert (cluster.data("dev/tls") or {}).keys() == set(demanded.split(","))


def test_a_mirror_that_was_opaque_is_made_anew_when_its_keys_are_those_of_its_type(
    cluster: Cluster,
) -> None:
    held = {**PAIR, "ca.crt": "ca"}
    keys = {"kn-mirror.dev/keys": "tls.crt"}
    cluster.write("prod/tls", held, TO_DEV | keys, type="kubernetes.io/tls")
    before = mirror(cluster)["type"]

    cluster.annotate("prod/tls", {"kn-mirror.dev/keys": "tls.crt, tls.key"})

    assert [before, mirror(cluster)["type"]] == ["Opaque", "kubernetes.io/tls"]


def test_mirrors_follow_when_keys_get_other_names(cluster: Cluster) -> None:
    cluster.write("prod/tls", PAIR, TO_DEV | {"kn-mirror.dev/keys": "tls.crt=a.pem"})

    cluster.annotate("prod/tls", {"kn-mirror.dev/keys": "tls.crt=b.pem"})

    assert cluster.data("dev/tls") == {"b.pem": "cert"}


def test_labels_that_others_put_on_a_mirror_stay(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.patch("dev/tls", {"metadata": {"labels": {"theirs": "stays"}}})
    cluster.change("prod/tls", key="two")

    assert mirror(cluster)["metadata"]["labels"]["theirs"] == "stays"


def test_a_mirror_of_a_token_of_a_service_account_is_refused(cluster: Cluster) -> None:
    bench = cluster.workbench
    path = "/api/v1/namespaces/prod/serviceaccounts"
    bench.api.request("POST", path, {"metadata": {"name": "robot"}})
    annotations = TO_DEV | {"kubernetes.io/service-account.name": "robot"}

    report = cluster.write(
        "prod/token", {}, annotations, type="kubernetes.io/service-account-token"
    )

    assert "it belongs to one ServiceAccount alone" in report.outcomes[0].because
    assert cluster.data("dev/token") is None
