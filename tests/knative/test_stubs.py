"""A pull mirror's manifest is applied again, by whatever tool: its stub is no content to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.knative.stubs import FULL, STUBS, TLS, TOOLS, Team

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
