"""Who goes on with the mirrors of a source is not for whoever writes another one to say: F23."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import PREFIX, auto
from tests.e2e.invariants import write
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.api import Answer
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

SUCCEEDS: Final = "kn-mirror.dev/succeeds"
TO_ALLY: Final = auto(reflection_allowed_namespaces="ally", reflection_auto_namespaces="ally")
HEIR: Final = TO_ALLY | {SUCCEEDS: "victim/shared"}


@pytest.fixture(scope="module", params=["default", "drop-in"])
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["Secret", "ConfigMap"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def mirrored(cluster: Cluster, kind: str) -> None:
    """The victim's source has a mirror; the attacker writes what they like in their namespace."""
    cluster.namespaces("victim", "attacker", "ally")
    write(cluster.workbench, "victim/shared", "theirs", kind, TO_ALLY)
    cluster.happened("victim/shared", kind)


def make(workbench: Workbench, kind: str, annotations: dict[str, str]) -> Answer:
    """Write the attacker's source."""
    metadata = {"name": "shared", "annotations": annotations}
    path = f"{path_of(kind, 'attacker')}?fieldManager=kn-mirror"
    return workbench.api.request("POST", path, {"metadata": metadata, "data": {"key": "eA=="}})


def annotate(workbench: Workbench, kind: str, annotations: dict[str, str]) -> Answer:
    path = f"{path_of(kind, 'attacker', 'shared')}?fieldManager=kn-mirror"
    change: dict[str, Any] = {"metadata": {"annotations": annotations}}
    return workbench.api.request("PATCH", path, change, content_type=MERGE_PATCH)


def move(cluster: Cluster, kind: str) -> None:
    """Have the victim's source move to namespace dev, where a mirror of it becomes one itself."""
    workbench, anywhere = cluster.workbench, auto(reflection_auto_namespaces="ally|dev")
    workbench.annotate(kind, "victim", "shared", anywhere)
    workbench.annotate(kind, "victim", "shared", {f"{PREFIX}reflection-allowed-namespaces": ""})
    cluster.happened("victim/shared", kind)
    workbench.annotate(kind, "dev", "shared", anywhere)
    cluster.happened("dev/shared", kind)


def test_nobody_but_kn_mirror_says_whose_heir_a_source_is(
    cluster: Cluster, workbench: Workbench, kind: str
) -> None:
    """At once, on what is no source yet, and on what is one; a manager's name is no proof."""
    make(workbench, kind, HEIR)
    make(workbench, kind, {})
    annotate(workbench, kind, {SUCCEEDS: "victim/shared"})
    annotate(workbench, kind, HEIR)
    annotate(workbench, kind, TO_ALLY)
    annotate(workbench, kind, {SUCCEEDS: "victim/shared"})

    cluster.happened("attacker/shared", kind)
    workbench.delete(kind, "victim", "shared")
    cluster.handler.reconcile_deletion("victim", "shared", kind)

    found = workbench.get(kind, "attacker", "shared")
    assert found is not None
    assert found["metadata"]["annotations"][f"{PREFIX}reflection-allowed"] == "true"
    assert SUCCEEDS not in found["metadata"]["annotations"]
    assert workbench.get(kind, "ally", "shared") is None


def test_a_manifest_that_says_so_is_taken_without_or_refused_with_the_remedy(
    workbench: Workbench, kind: str, overlay: str
) -> None:
    answer = make(workbench, kind, HEIR)

    refused = f"Leave out the annotation {SUCCEEDS}" in str(answer.body)
    assert (answer.status, refused) == ((201, False) if overlay == "default" else (403, True))


def test_a_source_that_moves_is_the_heir_of_the_former_one(
    cluster: Cluster, workbench: Workbench, kind: str
) -> None:
    """kn-mirror says so; and whoever writes something else on it does not take it away."""
    move(cluster, kind)
    workbench.annotate(kind, "dev", "shared", {"example.com/any": "any"})
    workbench.delete(kind, "victim", "shared")

    cluster.handler.reconcile_deletion("victim", "shared", kind)

    found = workbench.get(kind, "ally", "shared")
    assert found is not None
    assert found["metadata"]["annotations"][f"{PREFIX}reflects"] == "dev/shared"


def test_who_takes_the_record_off_a_mirror_that_was_taken_over_keeps_no_note_of_it(
    cluster: Cluster, workbench: Workbench, kind: str, overlay: str
) -> None:
    """Else its owner, who may permit mirrors of it later, would be the next heir without proof."""
    move(cluster, kind)
    workbench.delete(kind, "victim", "shared")
    cluster.handler.reconcile_deletion("victim", "shared", kind)
    noted = workbench.get(kind, "ally", "shared")
    assert noted is not None
    assert noted["metadata"]["annotations"][SUCCEEDS] == "victim/shared"

    change = {"metadata": {"annotations": {f"{PREFIX}reflects": ""}}}
    place = path_of(kind, "ally", "shared")
    answer = workbench.api.request("PATCH", place, change, content_type=MERGE_PATCH)

    kept = workbench.get(kind, "ally", "shared")
    assert kept is not None
    assert answer.status == (200 if overlay == "default" else 403)
    assert (SUCCEEDS in kept["metadata"]["annotations"]) is (answer.status == 403)
