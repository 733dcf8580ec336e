"""kn-mirror in a namespace of another name: by a kustomization that says no more than that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.conformance.clusters import Cluster, auto
from tests.e2e.conftest import handler_of
from tests.knative.installations import delete_mirrors, installed, token_of
from tests.knative.manifests import FUNCTIONS, OVERLAYS, folder_of, of_kind
from tests.knative.probes import PROBED
from tests.knative.test_guard_mirrors import create
from tests.lab import kubectl as program
from tests.lab.api import Api
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.dataplane.deployments import CONFIG, deployment, deployments_in, environment_of
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.lab.kubectl import Kubectl

ELSEWHERE: Final = "platform-mirror"
SECRETS: Final = "/api/v1/namespaces/dev/secrets"
EDITED: Final = "kn-mirror.dev/edited"


def moved(overlay: str, folder: Path) -> Path:
    """Write a kustomization that moves an overlay."""
    resources = [os.path.relpath(folder_of(overlay), folder.resolve())]
    written = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": ELSEWHERE,
        "resources": resources,
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(written))
    return folder


def namespaces_in(value: Any) -> Iterator[str]:
    """Name the namespaces that are named anywhere in an object, as its own and as others'."""
    if isinstance(value, dict):
        named = value.get("namespace")
        yield from [named] if isinstance(named, str) else []
        for each in value.values():
            yield from namespaces_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from namespaces_in(each)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_left_behind(overlay: str, tmp_path: Path) -> None:
    """F20: a policy that knew its accounts by their namespace would know none any more."""
    rendered = program.run("kustomize", str(moved(overlay, tmp_path)))

    objects = list(yaml.safe_load_all(rendered))
    assert {name for each in objects for name in namespaces_in(each)} == {ELSEWHERE}
    assert "serviceaccount:kn-mirror" not in rendered
    assert "metadata.name: kn-mirror" not in rendered


@pytest.fixture(scope="module")
def installation(
    knative_plane: ControlPlane, kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workbench]:
    """Overlay `hardened`, elsewhere."""
    folder = moved("hardened", tmp_path_factory.mktemp("elsewhere"))
    with installed(
        knative_plane, kubectl, "hardened", folder=str(folder), namespace=ELSEWHERE
    ) as bench:
        yield bench


@pytest.fixture
def workbench(installation: Workbench) -> Iterator[Workbench]:
    """The cluster in the test's hands; what the test made there goes with it."""
    yield installation
    delete_mirrors(installation, keep=PROBED, namespace=ELSEWHERE)
    installation.clear(keep=(ELSEWHERE, PROBED), elsewhere=MIRRORS)


@pytest.fixture
def cluster(workbench: Workbench, tmp_path: Path) -> Cluster:
    """Namespaces `prod` and `dev`, and on-secret-update at work from there."""
    kubeconfig = tmp_path / "kubeconfig"
    token = token_of(workbench, "on-secret-update", namespace=ELSEWHERE)
    assert workbench.api.ca_file
    write_kubeconfig(
        kubeconfig,
        url=workbench.api.url,
        ca_file=workbench.api.ca_file,
        user="function",
        token=token,
    )
    found = Cluster(workbench, handler_of(kubeconfig))
    found.namespaces("prod", "dev")
    found.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    return found


@pytest.mark.controlplane
@pytest.mark.parametrize("account", sorted(FUNCTIONS))
def test_guard_stands(workbench: Workbench, account: str) -> None:
    workbench.namespace("dev")
    token = token_of(workbench, account, namespace=ELSEWHERE)
    function = Api(workbench.api.url, token=token, ca_file=workbench.api.ca_file)

    forged = function.request("POST", SECRETS, {"metadata": {"name": "forged"}})
    event = {"metadata": {"name": "forged"}, "involvedObject": {"namespace": "dev"}}
    told = function.request("POST", SECRETS.replace("secrets", "events"), event)

    assert (forged.status, told.status) == (403, 403)
    assert "kn-mirror may create mirrors and nothing else" in forged.body["message"]
    assert "kn-mirror tells" in told.body["message"]


@pytest.mark.controlplane
def test_no_mirror_is_made_where_it_is(workbench: Workbench) -> None:
    token = token_of(workbench, "on-resync", namespace=ELSEWHERE)
    function = Api(workbench.api.url, token=token, ca_file=workbench.api.ca_file)

    made = [create(function, f"Secret/{each}/tls").status for each in (ELSEWHERE, "default")]

    assert made == [403, 201]


@pytest.mark.controlplane
def test_protect_lets_it_write_and_nobody_else(cluster: Cluster, workbench: Workbench) -> None:
    edited = workbench.api.request("DELETE", f"{SECRETS}/tls")
    cluster.change("prod/tls", key="two")

    assert edited.status == 403
    assert cluster.data("dev/tls") == {"key": "two"}


@pytest.mark.controlplane
def test_index_tells_its_writes_from_others(cluster: Cluster, workbench: Workbench) -> None:
    cluster.change("prod/tls", key="two")
    by_it = dict(cluster.metadata("dev/tls")["labels"])

    label = {"metadata": {"labels": {"team": "shop"}}}
    workbench.patch("Secret", "dev", "tls", label)

    assert EDITED not in by_it
    assert cluster.metadata("dev/tls")["labels"][EDITED] == "true"


@pytest.mark.controlplane
@pytest.mark.parametrize(("namespace", "told"), [(ELSEWHERE, False), ("default", True)])
def test_steady_knows_its_adapters(workbench: Workbench, namespace: str, *, told: bool) -> None:
    [source] = [each for each in of_kind("default", "ApiServerSource")
                if each["metadata"]["name"] == "mirrors"]  # fmt: skip
    metadata = source["metadata"] | {"namespace": namespace}
    body = deployment({**source, "metadata": metadata}, ["some"], sink="http://broker")

    path = f"{deployments_in(namespace)}?dryRun=All"
    made = workbench.api.request("POST", path, body)

    assert ("some" in environment_of(made.body)[CONFIG]) is told


@pytest.mark.controlplane
def test_its_lease_is_where_it_is(workbench: Workbench) -> None:
    token = token_of(workbench, "on-resync", namespace=ELSEWHERE)
    resync = Api(workbench.api.url, token=token, ca_file=workbench.api.ca_file)
    lease = {"metadata": {"name": "kn-mirror-resync"}}

    statuses = [
        resync.request(
            "POST",
            f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases?dryRun=All",
            lease,
        ).status
        for namespace in (ELSEWHERE, "default")
    ]

    assert statuses == [201, 403]
