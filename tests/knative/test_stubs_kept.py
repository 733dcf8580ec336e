"""The policy `index`, of pull mirrors: content stays where a stub is applied over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, auto, reflects
from tests.knative.stubs import EDITED, FULL, STUBS, TLS, TOOLS, Team

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.clusters import Cluster
    from tests.lab.clusters import Workbench
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane

EMPTIED = {name: stub for name, stub in STUBS.items() if name != "word"}


@pytest.fixture
def team(cluster: Cluster, kubectl: Kubectl, tmp_path: Path) -> Team:
    return Team(cluster, kubectl, tmp_path, is_told=False)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_pull_mirror_is_empty_at_no_time(team: Team, tool: str) -> None:
    team.declare(tool)

    assert team.apply(tool, EMPTIED, release="two") == FULL


@pytest.mark.parametrize("tool", ["kubectl apply --server-side", "Flux", "Argo CD"])
def test_a_tool_that_applies_in_a_loop_comes_to_rest(team: Team, tool: str) -> None:
    """Invariant 10: it finds nothing to apply, and kn-mirror is told of nothing."""
    team.declare(tool, "pair")
    once = {"pair": TLS}
    team.apply(tool, once)
    before = team.cluster.metadata("dev/pair")

    team.apply(tool, once)

    assert team.cluster.metadata("dev/pair") == before
    assert EDITED not in before["labels"]


FILLED = {**TLS.content, "ca.crt": "ca"}
KEPT = {
    "one value is empty": {"data": {"tls.key": ""}},
    "there is nothing": {"data": None},
    "it is empty and has a label": {
        "metadata": {"labels": {"team": "shop"}},
        "data": {"tls.crt": "", "tls.key": ""},
    },
}
NOT_KEPT = {
    "there is content of its owner's": {"data": {"tls.key": "b3du", "tls.crt": ""}},
    "a key is gone": {"data": {"ca.crt": None}},
    "it is no pull mirror any more": {
        "metadata": {"annotations": {f"{PREFIX}reflects": None}},
        "data": {"tls.crt": ""},
    },
    "it names another source": {
        "metadata": {"annotations": {f"{PREFIX}reflects": "prod/other"}},
        "data": {"tls.crt": ""},
    },
}


@pytest.fixture
def filled(cluster: Cluster) -> Cluster:
    """A pull mirror dev/copy of prod/tls, which holds a key more than it reserves."""
    cluster.write("prod/tls", FILLED, ALLOWED, type=TLS.type)
    cluster.write("dev/copy", TLS.holds, reflects("prod/tls"), type=TLS.type)
    assert cluster.data("dev/copy") == FILLED
    return cluster


@pytest.mark.parametrize("change", KEPT)
def test_content_is_kept_where(filled: Cluster, workbench: Workbench, change: str) -> None:
    workbench.patch("Secret", "dev", "copy", KEPT[change])

    assert filled.data("dev/copy") == FILLED


@pytest.mark.parametrize("change", NOT_KEPT)
def test_content_is_not_kept_where(filled: Cluster, workbench: Workbench, change: str) -> None:
    workbench.patch("Secret", "dev", "copy", NOT_KEPT[change])

    assert filled.data("dev/copy") != FILLED


def test_content_is_not_kept_where_its_owner_has_taken_the_source_off(
    filled: Cluster, workbench: Workbench
) -> None:
    workbench.annotate("Secret", "dev", "copy", {f"{PREFIX}reflects": None})

    workbench.patch("Secret", "dev", "copy", KEPT["one value is empty"])

    assert filled.data("dev/copy") == {**FILLED, "tls.key": ""}


def test_content_is_not_kept_where_there_was_none(cluster: Cluster, workbench: Workbench) -> None:
    cluster.write("dev/copy", {"key": "mine"}, reflects("prod/tls"))

    workbench.patch("Secret", "dev", "copy", {"data": {"key": ""}})

    assert cluster.data("dev/copy") == {"key": ""}


def test_the_content_of_a_config_map_is_kept_too(cluster: Cluster, workbench: Workbench) -> None:
    workbench.config_map("prod", "ca", {"ca.crt": "one"}, annotations=ALLOWED)
    workbench.config_map("dev", "ca", {"ca.crt": ""}, annotations=reflects("prod/ca"))
    cluster.happened("dev/ca", "ConfigMap")

    workbench.patch("ConfigMap", "dev", "ca", {"data": {"ca.crt": ""}})

    assert workbench.data("dev", "ca", "ConfigMap") == {"ca.crt": b"one"}


def test_the_largest_content_is_kept_and_an_edit_of_it_labelled(
    cluster: Cluster, workbench: Workbench
) -> None:
    """What an expression costs is limited; where one costs more, nothing is kept nor labelled."""
    large = {f"key-{number}": "x" * 6_000 for number in range(160)}
    cluster.write("prod/tls", large, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))
    # More of them than anybody has.
    many = {f"example.com/label-{number}": "x" * 60 for number in range(500)}
    metadata = {"labels": many, "annotations": many}

    workbench.patch("Secret", "dev", "copy", {"data": {"key-159": ""}, "metadata": metadata})
    kept = cluster.data("dev/copy")
    workbench.patch("Secret", "dev", "copy", {"data": dict.fromkeys(large, "")})
    kept_whole = cluster.data("dev/copy")
    cluster.happened("dev/copy")
    workbench.patch("Secret", "dev", "copy", {"data": {"key-159": "b3du"}})

    assert kept == kept_whole == large
    assert cluster.metadata("dev/copy")["labels"][EDITED] == "true"


def test_what_has_too_many_keys_to_look_at_is_labelled_and_filled_again(
    cluster: Cluster, workbench: Workbench
) -> None:
    many = {f"key-{number}": "x" for number in range(20_000)}
    cluster.write("prod/tls", many, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    workbench.patch("Secret", "dev", "copy", {"data": {"key-1": ""}})
    edited = cluster.metadata("dev/copy")["labels"][EDITED]
    cluster.happened("dev/copy")

    assert edited == "true"
    assert cluster.data("dev/copy") == many


def test_what_a_mirror_of_kn_mirrors_own_holds_is_not_kept(
    cluster: Cluster, workbench: Workbench
) -> None:
    """It is edited, and kn-mirror has it back."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    workbench.patch("Secret", "dev", "tls", {"data": {"key": ""}})

    assert cluster.data("dev/tls") == {"key": ""}
    assert cluster.metadata("dev/tls")["labels"][EDITED] == "true"
