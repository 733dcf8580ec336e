"""`make uninstall` and the proof of `make install`, on a real API server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from installer import proofs
from installer.clusters import Cluster
from installer.errors import InstallerError
from installer.overlays import chosen
from installer.parts import CLUSTER_WIDE, WORKING, left_over
from installer.uninstalling import uninstall
from mirroring import names
from mirroring.ownership.claims import Claim, claim
from sandbox.event_source import EventSource
from sandbox.triggers import Triggers, for_functions
from tests.knative.manifests import OVERLAYS, folder_of, rendered
from tests.lab.clusters import Workbench
from tests.lab.kubectl import find_kubectl
from tests.lab.waiting import eventually
from tests.processes import heed_signals, served
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

PROJECT: Final = Path(__file__).parents[2]
# What a mirror of prod/tls says of itself in dev.
RECORD: Final = {
    names.REFLECTS: "prod/tls",
    names.AUTO_REFLECTS: "True",
    names.PLACE: "Secret/dev/tls",
}
PART: Final = {"app.kubernetes.io/part-of": "kn-mirror"}
NAMES: Final = ",".join(each.name for each in (*WORKING, *CLUSTER_WIDE))
FUNCTIONS: Final = ("on_secret_update", "on_delete_cleanup", "on_namespace_create")
# Proves it for longer than any test takes, and says where.
SCRIPT: Final = """
from endings import end_in_order
from installer import proofs
from installer.clusters import Cluster
end_in_order()
proofs.prove(Cluster("tests", {kubectl!r}), within=600)
"""

pytestmark = pytest.mark.controlplane


@pytest.fixture
def cluster(knative_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Reach the control plane as somebody does who has its kubeconfig."""
    monkeypatch.setenv("KUBECONFIG", str(knative_plane.kubeconfig))
    return Cluster("tests", str(find_kubectl()))


@pytest.fixture
def bench(knative_plane: ControlPlane) -> Iterator[Workbench]:
    """The cluster in the test's hands."""
    found = Workbench(knative_plane.api())
    yield found
    found.clear(elsewhere=MIRRORS)


@pytest.fixture
def functions(cluster: Cluster, server: Server, tmp_path: Path) -> Iterator[None]:
    """Have kn-mirror at work, by a local event source."""
    assert cluster
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(served(name, server.kubeconfig, tmp_path)).url
            for name in FUNCTIONS
        }
        triggers = Triggers(for_functions(**urls))
        stack.enter_context(EventSource(server.admin_kubeconfig, triggers.deliver))
        yield


def everything(cluster: Cluster) -> set[str]:
    """Name all there is of the kinds that kn-mirror consists of, and all namespaces."""
    listed = cluster.kubectl("get", f"{NAMES},namespaces", "--all-namespaces", "--output=name")
    return set(listed.split())


def ignore(_line: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_uninstalling_leaves_nothing_of_an_overlay(cluster: Cluster, overlay: str) -> None:
    before = everything(cluster)
    cluster.kubectl("apply", "-k", folder_of(overlay))
    assert len(everything(cluster) - before) > 20

    uninstall(cluster, overlay="", mirrors=False, say=ignore)

    assert everything(cluster) == before


def test_the_overlay_of_an_api_server_of_today_is_the_default(cluster: Cluster) -> None:
    found, _ = chosen(cluster, "")

    assert found.name == "default"


def test_what_another_overlay_has_left_is_found(cluster: Cluster) -> None:
    cluster.kubectl("apply", "-k", folder_of("hardened"))

    found = list(left_over(cluster, rendered("default"), "kn-mirror"))

    uninstall(cluster, overlay="", mirrors=False, say=ignore)
    assert {name.partition("/")[2] for name in found} == {
        "kn-mirror-gate", "kn-mirror-gate-ingresses", "kn-mirror-protect",
        "kn-mirror-declare-sources", "kn-mirror-permit-mirrors",
    }  # fmt: skip


def test_there_is_nothing_to_uninstall_twice(cluster: Cluster) -> None:
    uninstall(cluster, overlay="", mirrors=False, say=ignore)


@pytest.fixture
def mirrored(bench: Workbench) -> Workbench:
    """What a cluster has of kn-mirror's work: a source, a mirror and a pull mirror."""
    roles = {"prod": "source", "dev": "mirror", "stage": "pull-mirror"}
    for namespace, role in roles.items():
        bench.namespace(namespace)
        labels = {names.ROLE: role}
        written = RECORD if role == "mirror" else {}
        bench.secret(namespace, "tls", {"key": "one"}, labels=labels, annotations=written)
    return bench


def test_mirrors_stay_and_are_counted(cluster: Cluster, mirrored: Workbench) -> None:
    said: list[str] = []

    uninstall(cluster, overlay="", mirrors=False, say=said.append)

    assert mirrored.names("Secret") == ["dev/tls", "prod/tls", "stage/tls"]
    assert "Mirrors that stay, as Secrets and ConfigMaps like any other: 1." in said[-1]


def test_mirrors_go_where_that_is_asked_for(cluster: Cluster, mirrored: Workbench) -> None:
    uninstall(cluster, overlay="", mirrors=True, say=ignore)

    assert mirrored.names("Secret") == ["prod/tls", "stage/tls"]
    assert mirrored.names("Secret", labelSelector="kn-mirror.dev/role") == []


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_what_is_labelled_as_a_mirror_and_is_none_stays(
    cluster: Cluster, mirrored: Workbench, kind: str
) -> None:
    """Who may label an object would else have it deleted by an administrator."""
    copied = RECORD | {names.PLACE: f"{kind}/shop/tls"}
    labels = {names.ROLE: names.ROLE_MIRROR}
    make = mirrored.secret if kind == "Secret" else mirrored.config_map
    make("dev", "own", {"key": "one"}, labels=labels)
    make("dev", "copy", {"key": "one"}, labels=labels, annotations=copied)
    said: list[str] = []

    uninstall(cluster, overlay="", mirrors=True, say=said.append)

    assert {"dev/own", "dev/copy"} <= {*mirrored.names(kind)}
    assert "dev/tls" not in mirrored.names("Secret")
    assert said[-1].endswith("nothing proves that kn-mirror made them: 2.")


def test_a_mirror_goes_only_as_it_was_looked_at(
    cluster: Cluster, mirrored: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner may have made something else of it meanwhile."""

    def judged(found: Metadata, source: Ref) -> Claim:
        mirrored.patch("Secret", "dev", "tls", {"metadata": {"annotations": {"mine": "yes"}}})
        return claim(found, source)

    monkeypatch.setattr("installer.mirrors.claim", judged)

    uninstall(cluster, overlay="", mirrors=True, say=ignore)

    assert "dev/tls" in mirrored.names("Secret")


def test_a_namespace_that_has_kn_mirrors_label_alone_stays(
    cluster: Cluster, bench: Workbench
) -> None:
    """Who may label a namespace would else have it deleted by an administrator."""
    bench.namespace("prod", labels=PART | {"app.kubernetes.io/component": "proof"})
    cluster.kubectl("apply", "-k", folder_of("default"))
    said: list[str] = []

    uninstall(cluster, overlay="", mirrors=False, say=said.append)

    assert bench.get("Namespace", "", "prod") is not None
    assert bench.get("Namespace", "", "kn-mirror") is None
    assert any("stays: namespace/prod." in each for each in said)


def test_a_role_that_has_kn_mirrors_label_alone_stays(cluster: Cluster) -> None:
    name = "somebody-elses"
    cluster.kubectl("create", "clusterrole", name, "--verb=get", "--resource=pods")
    cluster.kubectl("label", "clusterrole", name, *(f"{key}={text}" for key, text in PART.items()))

    uninstall(cluster, overlay="", mirrors=False, say=ignore)

    assert cluster.kubectl("get", "clusterrole", name, "--output=name").strip()
    cluster.kubectl("delete", "clusterrole", name)


def test_a_namespace_of_ones_own_goes_by_what_binds_its_accounts(
    cluster: Cluster, tmp_path: Path
) -> None:
    before = everything(cluster)
    there = os.path.relpath(folder_of("default"), tmp_path)
    text = f"namespace: mine\nresources: ['{there}']\n"
    (tmp_path / "kustomization.yaml").write_text(text)
    cluster.kubectl("apply", "-k", str(tmp_path))

    uninstall(cluster, overlay="", mirrors=False, say=ignore)

    assert everything(cluster) == before


def test_an_overlay_that_names_things_otherwise_goes_when_it_is_named(
    cluster: Cluster, tmp_path: Path
) -> None:
    before = everything(cluster)
    there = os.path.relpath(folder_of("default"), tmp_path)
    text = f"namePrefix: our-\nresources: ['{there}']\n"
    (tmp_path / "kustomization.yaml").write_text(text)
    cluster.kubectl("apply", "-k", str(tmp_path))

    uninstall(cluster, overlay=str(tmp_path), mirrors=False, say=ignore)

    assert everything(cluster) == before


@pytest.mark.usefixtures("functions")
def test_a_proof_leaves_nothing(cluster: Cluster) -> None:
    before = everything(cluster)

    made, gone = proofs.prove(cluster)

    assert made > 0
    assert gone > 0
    assert everything(cluster) == before


def test_a_proof_that_fails_leaves_nothing_and_says_what_to_do(cluster: Cluster) -> None:
    """There are no functions here."""
    before = everything(cluster)

    with pytest.raises(InstallerError, match=r"did not come within 1 s\.(.|\n)*PROOF=no"):
        proofs.prove(cluster, within=1)

    assert everything(cluster) == before


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_proof_that_is_interrupted_leaves_nothing(
    cluster: Cluster, ending: signal.Signals
) -> None:
    before = everything(cluster)
    script = SCRIPT.format(kubectl=str(find_kubectl()))
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'shared'}"}
    with subprocess.Popen(  # noqa: S603 (no input from outside)
        [sys.executable, "-c", script],
        env=environment,
        preexec_fn=heed_signals,  # noqa: PLW1509 (it takes no lock)
    ) as proving:
        eventually(lambda: len(everything(cluster) - before) == 2, within=60, pause=0.1)

        proving.send_signal(ending)

        assert proving.wait(timeout=60) == 128 + ending
    assert everything(cluster) == before


def test_what_a_proof_left_that_was_killed_goes_with_the_next(
    cluster: Cluster, bench: Workbench
) -> None:
    labels = PART | {"app.kubernetes.io/component": "proof"}
    bench.namespace("kn-mirror-proof-abcdef", labels=labels)
    bench.namespace("mine", labels=labels)

    proofs.clear(cluster)

    assert bench.get("Namespace", "", "kn-mirror-proof-abcdef") is None
    assert bench.get("Namespace", "", "mine") is not None
