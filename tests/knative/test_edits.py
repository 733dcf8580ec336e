"""The policy `index`, of mirrors: it labels what others write, and not what kn-mirror writes.

An event source selects that label, so kn-mirror's own writes wake no function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, auto, reflects
from tests.knative.installations import delete_mirrors
from tests.lab.api import JSON_PATCH, Api
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.clusters import Cluster
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

ROLE = "kn-mirror.dev/role"
EDITED = "kn-mirror.dev/edited"
TAKEN_OFF = [{"op": "remove", "path": "/metadata/labels/kn-mirror.dev~1edited"}]


def metadata(**fields: Any) -> dict[str, Any]:
    return {"metadata": fields}


EDITS = {
    "its content": {"data": {"key": "dHdv"}},
    "one key more": {"data": {"more": "dHdv"}},
    "no content": {"data": None},
    "that it is immutable": {"immutable": True},
    "a label": metadata(labels={"team": "shop"}),
    "a label of kn-mirror": metadata(labels={"kn-mirror.dev/source": "none"}),
    "one label less": metadata(labels={"app.kubernetes.io/managed-by": None}),
    "an annotation": metadata(annotations={"team": "shop"}),
    "another source": metadata(annotations={f"{PREFIX}reflects": "stage/tls"}),
    "no annotations": metadata(annotations=None),
    "another role": metadata(labels={ROLE: "pull-mirror"}),
}
NO_EDITS = {
    "nothing": {"data": {"key": "b25l"}},
    "that it waits for something": metadata(finalizers=["example.com/any"]),
}


@pytest.fixture
def mirrored(cluster: Cluster) -> Cluster:
    """Secret prod/tls, and its mirror dev/tls, by kn-mirror's own account."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    return cluster


@pytest.fixture
def pulled(workbench: Workbench) -> Workbench:
    """A pull mirror dev/copy, whose declaration was dealt with."""
    for name in ("prod", "dev"):
        workbench.namespace(name)
    workbench.secret("dev", "copy", {"key": "one"}, annotations=reflects("prod/tls"))
    return workbench


def labels(workbench: Workbench, name: str, kind: str = "Secret") -> dict[str, str]:
    found = workbench.get(kind, "dev", name)
    assert found
    return dict(found["metadata"].get("labels", {}))


def written_by(
    workbench: Workbench, token: str, name: str, change: object, kind: str = "Secret"
) -> int:
    """Change an object by an account's token, and return the status code."""
    api = Api(workbench.api.url, token=token, ca_file=workbench.api.ca_file)
    return api.request("PATCH", path_of(kind, "dev", name), change, content_type=JSON_PATCH).status


def test_what_kn_mirror_writes_is_no_edit(mirrored: Cluster, workbench: Workbench) -> None:
    made = labels(workbench, "tls")
    mirrored.change("prod/tls", key="two")

    assert mirrored.data("dev/tls") == {"key": "two"}
    assert made[ROLE] == "mirror"
    assert labels(workbench, "tls") == made


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("edit", sorted(EDITS))
def test_what_somebody_else_writes_of_a_mirror_is(workbench: Workbench, edit: str) -> None:
    workbench.patch("Secret", "dev", "tls", EDITS[edit])

    assert labels(workbench, "tls")[EDITED] == "true"


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("write", sorted(NO_EDITS))
def test_what_changes_nothing_that_kn_mirror_keeps_is_none(
    workbench: Workbench, write: str
) -> None:
    """As kube-controller-manager writes of many objects at a time."""
    workbench.patch("Secret", "dev", "tls", NO_EDITS[write])

    written = labels(workbench, "tls")
    workbench.patch("Secret", "dev", "tls", metadata(finalizers=None))
    assert EDITED not in written


@pytest.mark.parametrize("change", [{"data": {"key": "two"}}, {"binaryData": {"bytes": "AQ=="}}])
def test_an_edit_of_a_config_map_is_one_too(
    workbench: Workbench, cluster: Cluster, change: dict[str, Any]
) -> None:
    content: dict[str, str | bytes] = {"key": "one", "bytes": b"\x00"}
    workbench.config_map("prod", "settings", content, annotations=auto())
    cluster.handler.reconcile("prod", "settings", "ConfigMap")
    before = labels(workbench, "settings", "ConfigMap")

    workbench.patch("ConfigMap", "dev", "settings", change)

    assert before[ROLE] == "mirror"
    assert labels(workbench, "settings", "ConfigMap") == {**before, EDITED: "true"}


@pytest.mark.usefixtures("mirrored")
def test_an_edit_stays_one_until_kn_mirror_has_seen_to_it(workbench: Workbench) -> None:
    workbench.patch("Secret", "dev", "tls", EDITS["its content"])

    workbench.patch("Secret", "dev", "tls", metadata(labels={EDITED: None}))

    assert labels(workbench, "tls")[EDITED] == "true"


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("account", ["on-secret-update", "on-delete-cleanup", "on-resync"])
def test_kn_mirror_takes_the_label_off(
    workbench: Workbench, token: Callable[[str], str], account: str
) -> None:
    workbench.patch("Secret", "dev", "tls", EDITS["its content"])

    status = written_by(workbench, token(account), "tls", TAKEN_OFF)

    assert status == 200
    assert EDITED not in labels(workbench, "tls")


def test_kn_mirror_takes_it_off_what_is_no_mirror_any_more(
    workbench: Workbench, token: Callable[[str], str]
) -> None:
    """Only the label: by `guard` the rest of such an object is not kn-mirror's to write."""
    workbench.namespace("dev")
    workbench.secret("dev", "tls", {"key": "one"}, labels={ROLE: "mirror", "team": "shop"})
    workbench.patch("Secret", "dev", "tls", metadata(labels={"any": "edit"}))

    status = written_by(workbench, token("on-secret-update"), "tls", TAKEN_OFF)

    assert status == 200
    assert labels(workbench, "tls") == {ROLE: "mirror", "team": "shop", "any": "edit"}


@pytest.mark.usefixtures("mirrored")
def test_a_mirror_whose_role_is_taken_away_is_told_of_as_deleted(workbench: Workbench) -> None:
    """The watch of mirrors loses it; it needs no label beside that."""
    workbench.patch("Secret", "dev", "tls", metadata(labels={ROLE: None}, annotations=None))

    assert EDITED not in labels(workbench, "tls")


@pytest.mark.usefixtures("pulled")
def test_a_pull_mirror_that_is_declared_is_told_of(workbench: Workbench) -> None:
    workbench.secret("dev", "later", {"key": "one"})
    workbench.annotate("Secret", "dev", "later", reflects("prod/tls"))

    declared = {ROLE: "pull-mirror", EDITED: "true"}
    assert labels(workbench, "copy") == labels(workbench, "later") == declared


@pytest.mark.parametrize(
    "annotations",
    [reflects("prod/other"), reflects("prod/tls", reflected_version=""), reflects("")],
)
def test_what_its_owner_writes_of_a_pull_mirror_is_told_of(
    pulled: Workbench, token: Callable[[str], str], annotations: dict[str, str]
) -> None:
    seen_to = written_by(pulled, token("on-secret-update"), "copy", TAKEN_OFF)
    before = labels(pulled, "copy")

    pulled.annotate("Secret", "dev", "copy", annotations)

    assert seen_to == 200
    assert before == {ROLE: "pull-mirror"}
    assert labels(pulled, "copy") == {ROLE: "pull-mirror", EDITED: "true"}


def test_a_pull_mirror_that_kn_mirror_fills_is_not_told_of(
    pulled: Workbench, token: Callable[[str], str]
) -> None:
    filled = [{"op": "add", "path": "/data/key", "value": "dHdv"}, *TAKEN_OFF]

    status = written_by(pulled, token("on-secret-update"), "copy", filled)

    assert status == 200
    assert pulled.data("dev", "copy") == {"key": b"two"}
    assert labels(pulled, "copy") == {ROLE: "pull-mirror"}


def test_a_manifest_without_the_role_that_is_applied_again_is_no_edit(
    pulled: Workbench, token: Callable[[str], str]
) -> None:
    """As a tool replaces what it thinks was changed; the role is the API server's to say."""
    written_by(pulled, token("on-secret-update"), "copy", TAKEN_OFF)
    before = pulled.get("Secret", "dev", "copy")

    pulled.patch("Secret", "dev", "copy", metadata(labels=None))

    assert pulled.get("Secret", "dev", "copy") == before


def test_nothing_else_is_labelled(workbench: Workbench) -> None:
    workbench.namespace("dev")
    workbench.secret("dev", "source", {"key": "one"}, annotations=ALLOWED)
    workbench.secret("dev", "users", {"key": "one"}, labels={"team": "shop"})

    for name in ("source", "users"):
        workbench.patch("Secret", "dev", name, EDITS["its content"])
        workbench.patch("Secret", "dev", name, EDITS["an annotation"])

    assert labels(workbench, "source") == {ROLE: "source"}
    assert labels(workbench, "users") == {"team": "shop"}


def test_an_edit_of_the_largest_mirror_is_labelled(mirrored: Cluster, workbench: Workbench) -> None:
    """What an expression costs is limited; where one costs more, nothing is labelled."""
    large = {f"key-{number}": "x" * 6_000 for number in range(160)}
    mirrored.write("prod/large", large, auto(reflection_auto_namespaces="dev"))
    assert mirrored.data("dev/large") == large
    many = {f"example.com/label-{number}": "x" * 60 for number in range(500)}

    workbench.patch("Secret", "dev", "large", metadata(labels=many, annotations=many))
    workbench.patch("Secret", "dev", "large", metadata(labels={EDITED: None}))
    workbench.patch("Secret", "dev", "large", EDITS["one key more"])

    assert labels(workbench, "large")[EDITED] == "true"


def test_a_mirror_that_somebody_else_makes_is_looked_at(
    mirrored: Cluster, workbench: Workbench
) -> None:
    """As a tool that restores what it has saved."""
    saved = workbench.get("Secret", "dev", "tls")
    assert saved
    delete_mirrors(workbench, keep="")
    assert mirrored.data("dev/tls") is None
    del saved["metadata"]["resourceVersion"]

    workbench.create(path_of("Secret", "dev"), saved)

    assert labels(workbench, "tls")[EDITED] == "true"
