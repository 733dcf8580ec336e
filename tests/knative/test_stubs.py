"""A pull mirror's manifest is applied again, by whatever tool: its stub is no content to keep."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.conformance.clusters import ALLOWED, reflects
from tests.knative.stubs import FULL, STUBS, TLS, TOOLS, Team
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.clusters import Cluster
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane


@pytest.fixture(scope="module", params=["default", "drop-in"])
def overlay(request: pytest.FixtureRequest) -> str:
    """With the policy that keeps content, and without: then a stub is filled again."""
    return str(request.param)


@pytest.fixture
def team(cluster: Cluster, kubectl: Kubectl, overlay: str, tmp_path: Path) -> Team:
    return Team(cluster, kubectl, tmp_path, is_told=overlay == "drop-in")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_manifest_that_is_applied_again_leaves_pull_mirrors_full(team: Team, tool: str) -> None:
    """The same again, and changed: no conflict for the tool, and full in the end."""
    team.declare(tool)

    team.apply(tool)
    team.follow()
    after_the_same = team.held()
    team.apply(tool, release="two")
    team.follow()

    assert after_the_same == FULL
    assert team.held() == FULL
    assert team.labels("pair")["release"] == "two"


@pytest.mark.parametrize("tool", TOOLS)
def test_what_its_owner_puts_in_place_of_a_stub_stays_until_the_source_changes(
    team: Team, tool: str
) -> None:
    team.declare(tool, "pair")
    own = {"tls.crt": "own", "tls.key": "own"}

    team.apply(tool, {"pair": TLS._replace(holds=own)})
    team.follow()
    team.cluster.resync()
    held = team.cluster.data("dev/pair")
    team.cluster.change("prod/pair", tls_crt="new")

    # What is replaced whole has lost what was noted of its being filled.
    assert held == (TLS.content if tool == "kubectl replace" else own)
    assert team.cluster.data("dev/pair") == {"tls.crt": "new", "tls.key": "key"}


def test_kn_mirror_owns_nothing_that_others_apply(team: Team) -> None:
    team.declare("kubectl apply --server-side", "pair")

    managed = team.cluster.metadata("dev/pair")["managedFields"]

    [own] = [each["fieldsV1"] for each in managed if each["manager"] == "kn-mirror"]
    names = [name for fields in own["f:metadata"].values() for name in fields]
    assert set(own) == {"f:metadata"}
    assert all(name.startswith("f:kn-mirror.dev/") for name in names)


def test_a_pull_mirror_that_somebody_comes_to_apply_is_left_to_them_by_a_tick(team: Team) -> None:
    """As one that was filled before its team took up Flux, or before kn-mirror knew of this."""
    team.declare("kubectl apply", "nothing")
    team.apply("Flux", {"nothing": STUBS["nothing"]})

    team.cluster.resync()

    managed = team.cluster.metadata("dev/nothing")["managedFields"]
    [own] = [each["fieldsV1"] for each in managed if each["manager"] == "kn-mirror"]
    assert set(own) == {"f:metadata"}


def test_a_config_map_that_others_apply_follows_its_source_whole(cluster: Cluster) -> None:
    """Of keys that kn-mirror has given up nobody tells; they leave with the source's, too."""
    cluster.write_config_map("prod/ca", {"ca.crt": "one"}, {"ca.jks": "AQ=="}, ALLOWED)
    metadata = {"name": "ca", "annotations": reflects("prod/ca")}
    stub = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": ""}}
    path = f"{path_of('ConfigMap', 'dev', 'ca')}?fieldManager=flux"
    apply = partial(cluster.workbench.api.request, content_type="application/apply-patch+yaml")
    made = apply("PATCH", path, stub)
    cluster.happened("dev/ca", "ConfigMap")

    again = apply("PATCH", path, stub)
    cluster.happened("dev/ca", "ConfigMap")
    filled = cluster.workbench.data("dev", "ca", "ConfigMap")
    cluster.patch("prod/ca", {"binaryData": None}, "ConfigMap")

    assert (made.status, again.status) == (201, 200)
    assert filled == {"ca.crt": b"one", "ca.jks": b"\x01"}
    assert cluster.workbench.data("dev", "ca", "ConfigMap") == {"ca.crt": b"one"}
