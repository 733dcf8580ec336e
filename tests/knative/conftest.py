"""kn-mirror installed on a real API server, as far as that knows without Knative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api import Api
from tests.clusters import Workbench
from tests.conformance.clusters import ALLOWED, Cluster
from tests.controlplane.accounts import write_kubeconfig
from tests.e2e.conftest import handler_of
from tests.knative.manifests import apply, of_kubernetes, remove
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.controlplane import ControlPlane
    from tests.servers import Server

PROBE = "/api/v1/namespaces/probe/secrets?dryRun=All"


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server has admission policies."""
    return controlplane_server


@pytest.fixture(scope="module")
def installed(control_plane: ControlPlane) -> Iterator[Workbench]:
    """Install everything for the tests of a module, and wait until it is in force."""
    bench = Workbench(control_plane.api())
    manifests = of_kubernetes("default")
    apply(bench, manifests)
    bench.namespace("probe")
    guarded = control_plane.api_of(token_of(bench, "on-resync"))
    eventually(lambda: is_guarded(guarded))
    eventually(lambda: is_indexed(bench))
    yield bench
    remove(bench, manifests)
    eventually(lambda: not is_indexed(bench))
    bench.clear()


@pytest.fixture
def workbench(installed: Workbench) -> Iterator[Workbench]:
    """The cluster in the test's hands; what the test made there goes with it."""
    yield installed
    installed.clear(keep=("kn-mirror", "probe"))


@pytest.fixture
def token(workbench: Workbench) -> Callable[[str], str]:
    """Make a token of one of the accounts."""
    return lambda account: token_of(workbench, account)


def token_of(workbench: Workbench, account: str) -> str:
    path = f"/api/v1/namespaces/kn-mirror/serviceaccounts/{account}/token"
    return str(workbench.create(path, {"spec": {}})["status"]["token"])


def is_guarded(api: Api) -> bool:
    """Whether the policy `guard` is heeded, which it is some time after it was written."""
    answer = api.request("POST", PROBE, {"metadata": {"generateName": "probe-"}})
    return answer.status == 403 and "may create mirrors" in str(answer.body)


def is_indexed(workbench: Workbench) -> bool:
    """Whether the policy `index` is heeded."""
    metadata = {"generateName": "probe-", "annotations": ALLOWED}
    answer = workbench.api.request("POST", PROBE, {"metadata": metadata})
    return "kn-mirror.dev/role" in answer.body.get("metadata", {}).get("labels", {})


@pytest.fixture
def compromised(workbench: Workbench, token: Callable[[str], str]) -> Api:
    """The API server, as a function speaks to it that is in wrong hands."""
    return Api(workbench.api.url, token=token("on-secret-update"), ca_file=workbench.api.ca_file)


@pytest.fixture
def cluster(
    workbench: Workbench, token: Callable[[str], str], server: Server, tmp_path: Path
) -> Cluster:
    """Namespaces `prod`, `dev` and `stage`, and kn-mirror at work with the rights that it has."""
    kubeconfig = tmp_path / "kubeconfig"
    assert server.ca_file
    write_kubeconfig(
        kubeconfig,
        url=server.url,
        ca_file=server.ca_file,
        user="function",
        token=token("on-secret-update"),
    )
    found = Cluster(workbench, handler_of(kubeconfig))
    found.namespaces("prod", "dev", "stage")
    return found
