"""A control plane that knows Knative's kinds, and kn-mirror installed on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.changes import forget_ends
from tests.conformance.clusters import Cluster
from tests.e2e.conftest import handler_of
from tests.knative.installations import NAMESPACE, delete_mirrors, installed, token_of
from tests.knative.manifests import FUNCTIONS
from tests.knative.probes import PROBED
from tests.lab.api import Api
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.dataplane.definitions import definitions, establish
from tests.lab.kubectl import Kubectl, find_kubectl
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have everything there before the first test, whose time limit would not suffice."""
    prepare(session, Path(__file__).parent)


def prepare(session: pytest.Session, folder: Path) -> None:
    """Build or find what the tests below a folder need."""
    here = [each for each in session.items if folder in each.path.parents]
    if here and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            find_kubectl()
            if any(each.get_closest_marker("controlplane") for each in here):
                definitions()


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server has admission policies."""
    return controlplane_server


@pytest.fixture(scope="session")
def knative_plane(control_plane: ControlPlane) -> ControlPlane:
    """The control plane, with Knative's kinds from now on, which disturb nobody."""
    establish(control_plane.api(), definitions())
    return control_plane


@pytest.fixture(scope="session")
def kubectl(knative_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """Run kubectl as the administrator."""
    return Kubectl(knative_plane.kubeconfig, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture(scope="module")
def overlay() -> str:
    """Which overlay is installed for the tests of a module."""
    return "default"


@pytest.fixture(scope="module")
def installation(
    knative_plane: ControlPlane, kubectl: Kubectl, overlay: str
) -> Iterator[Workbench]:
    """kn-mirror, for the tests of a module."""
    with installed(knative_plane, kubectl, overlay) as bench:
        yield bench


@pytest.fixture
def workbench(installation: Workbench) -> Iterator[Workbench]:
    """The cluster in the test's hands; what the test made there goes with it."""
    yield installation
    delete_mirrors(installation, keep=PROBED)
    installation.clear(keep=(NAMESPACE, PROBED), elsewhere=MIRRORS)
    forget_ends(installation)


@pytest.fixture
def token(workbench: Workbench) -> Callable[[str], str]:
    """Make a token of one of the accounts."""
    return lambda account: token_of(workbench, account)


@pytest.fixture(params=sorted(FUNCTIONS))
def compromised(
    request: pytest.FixtureRequest, workbench: Workbench, token: Callable[[str], str]
) -> Api:
    """The API server, as each of the functions speaks to it that is in wrong hands."""
    return Api(workbench.api.url, token=token(request.param), ca_file=workbench.api.ca_file)


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
