"""A cluster with cert-manager and kn-mirror at work."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.accounts import USERS
from tests.certmanager import functions, installations
from tests.certmanager.authorities import Authority
from tests.certmanager.certificates import Certificate
from tests.certmanager.journals import kept
from tests.changes import forget_ends
from tests.knative.installations import installed
from tests.lab.clusters import Workbench
from tests.lab.controlplane import find_programs, running
from tests.lab.dataplane.definitions import definitions, establish
from tests.lab.kubectl import Kubectl
from tests.lab.waiting import eventually
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certmanager.functions import Functions
    from tests.certmanager.journals import Journal
    from tests.lab.controlplane import ControlPlane
    from tests.lab.programs.processes import Process

_OF_THE_INSTALLATION = ("cert-manager", "kn-mirror", "probe")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A control plane where both are at work.

    Args:
        plane: the control plane.
        kubectl: as its administrator uses it.
        controllers: cert-manager.
        functions: kn-mirror's.
    """

    plane: ControlPlane
    kubectl: Kubectl
    controllers: Process
    functions: Functions


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run them on a control plane of these tests' own, since they watch all of it."""
    folder = tmp_path_factory.mktemp("certmanager")
    with ExitStack() as stack:
        plane = stack.enter_context(running(find_programs(), USERS))
        establish(plane.api(), definitions())
        kubectl = Kubectl(plane.kubeconfig, folder)
        stack.enter_context(installed(plane, kubectl, "default"))
        installations.install(plane)
        controllers = stack.enter_context(installations.controllers(plane, folder))
        served = stack.enter_context(functions.functions(plane, folder))
        yield Cluster(plane, kubectl, controllers, served)


@pytest.fixture
def mirroring(cluster: Cluster) -> Functions:
    """kn-mirror's functions."""
    return cluster.functions


@pytest.fixture
def workbench(cluster: Cluster) -> Iterator[Workbench]:
    """The cluster in the test's hands; what the test made there goes with it."""
    bench = Workbench(cluster.plane.api())
    yield bench
    bench.clear(keep=_OF_THE_INSTALLATION, elsewhere=MIRRORS)
    forget_ends(bench)


@pytest.fixture
def certificate(workbench: Workbench) -> Iterator[Certificate]:
    """The seed's Certificate, not asked for yet; another test's has another name."""
    found = Certificate(workbench, f"wildcard-{next(_numbers)}")
    yield found
    found.delete()
    eventually(found.is_forgotten)


@pytest.fixture
def authority(workbench: Workbench) -> Iterator[Authority]:
    """A certificate authority that is not announced yet."""
    found = Authority(workbench, f"authority-{next(_numbers)}")
    yield found
    found.remove()


# Before whatever the test has written.
@pytest.fixture(autouse=True)
def journal(workbench: Workbench) -> Iterator[Journal]:
    """Every state of every Secret from now on."""
    with kept(workbench) as found:
        yield found


@pytest.fixture
def issued(certificate: Certificate, namespaces: set[str]) -> Certificate:
    """The seed's certificate, issued and mirrored."""
    certificate.issue()
    eventually(lambda: certificate.is_in(namespaces))
    return certificate


@pytest.fixture
def namespaces(workbench: Workbench) -> set[str]:
    """Every namespace that the seed's certificate is for: all but its own."""
    for team in ("team-one", "team-two"):
        workbench.namespace(team)
    return {each["metadata"]["name"] for each in workbench.objects("Namespace")} - {"cert-manager"}
