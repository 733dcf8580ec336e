"""Helm 4, which applies server-side and without force, upgrades releases with pull mirrors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX
from tests.knative.stubs import EDITED, TLS, tell
from tests.lab.helm import Helm
from tests.lab.programs.catalogue import helm as program

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.controlplane import ControlPlane

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(program())]

CHART: Final = str(Path(__file__).with_name("chart"))
ANEW: Final = "annotations." + PREFIX.replace(".", r"\.") + "reflected-version="
RELEASED: Final = ("--namespace=dev", "shop", CHART)


@pytest.fixture(scope="module", params=["default", "drop-in"])
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def helm(knative_plane: ControlPlane, tmp_path: Path) -> Helm:
    return Helm(knative_plane.kubeconfig, tmp_path)


@pytest.fixture
def source(cluster: Cluster) -> None:
    """The certificate prod/tls."""
    cluster.write("prod/tls", TLS.content, ALLOWED, type=TLS.type)


def follow(cluster: Cluster, overlay: str) -> None:
    """Let kn-mirror know of dev/tls, if anything would tell it."""
    is_told = overlay == "drop-in"
    if is_told or EDITED in cluster.metadata("dev/tls")["labels"]:
        tell(cluster, "dev/tls", own_writes=is_told)


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("values", [(), ("--set-string", ANEW)], ids=["", "filled-anew"])
def test_a_release_is_upgraded_and_its_pull_mirror_stays_full(
    cluster: Cluster, helm: Helm, overlay: str, values: tuple[str, ...]
) -> None:
    """As it is, with another label, and as it was."""
    helm("install", *RELEASED, *values)
    follow(cluster, overlay)
    full = [cluster.data("dev/tls")]

    for changed in ((), ("--set", "labels.release=two"), ()):
        helm("upgrade", *RELEASED, *values, *changed)
        if overlay == "default":
            full.append(cluster.data("dev/tls"))
        follow(cluster, overlay)
        full.append(cluster.data("dev/tls"))

    assert [each for each in full if each != TLS.content] == []


@pytest.mark.usefixtures("source")
def test_a_release_is_rolled_back_and_its_pull_mirror_stays_full(
    cluster: Cluster, helm: Helm, overlay: str
) -> None:
    helm("install", *RELEASED)
    follow(cluster, overlay)
    helm("upgrade", *RELEASED, "--set", "labels.release=two")
    follow(cluster, overlay)

    helm("rollback", "--namespace=dev", "shop", "1")
    follow(cluster, overlay)

    assert cluster.data("dev/tls") == TLS.content
    assert "release" not in cluster.metadata("dev/tls")["labels"]


@pytest.mark.usefixtures("source")
def test_a_release_is_upgraded_after_its_source_was_renewed(
    cluster: Cluster, helm: Helm, overlay: str
) -> None:
    helm("install", *RELEASED)
    follow(cluster, overlay)
    cluster.change("prod/tls", tls_crt="new")

    helm("upgrade", *RELEASED)
    follow(cluster, overlay)

    assert cluster.data("dev/tls") == {"tls.crt": "new", "tls.key": "key"}
