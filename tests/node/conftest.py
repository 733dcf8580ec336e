"""One machine for all tests on a node, and what was measured on it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.changes import withdraw
from tests.cli.distributions import Distribution, Installed
from tests.image.building import image_archive
from tests.knative.documents import commands_of
from tests.lab.kubectl import find_kubectl
from tests.lab.node import knative
from tests.lab.plugin import STAGES
from tests.node import listeners
from tests.node.installations import Installation, installed
from tests.secrecy import found_in
from tests.stories import MIRRORS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from subprocess import CompletedProcess

    from tests.lab.clusters import Workbench
    from tests.lab.node.machines import Machine

    Ask = Callable[[str], CompletedProcess[str]]

_KEPT = (
    "kn-mirror",
    "knative-eventing",
    "knative-serving",
    "kourier-system",
    "probe",
    listeners.NAMESPACE,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They need Knative's programs, too."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.programs(*knative.PROGRAMS, listeners.PROGRAM))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the image before the first test, whose time limit would not suffice."""
    needed = any(item.get_closest_marker("node") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with (
            capture.global_and_fixture_disabled(),
            STAGES.timed("kn-mirror's image, found or built"),
        ):
            image_archive()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what was said on the way of events: the machine is gone when it is read.

    Not to one of the teardown, after which the machine may be gone already.
    """
    report = yield
    installation = getattr(item, "funcargs", {}).get("installation")
    if report.when == "call" and report.failed and installation:
        report.sections.append(("said on the way of events", installation.told(call.start)))
    return report


@pytest.fixture(scope="session")
def knative_node(node: Machine) -> Machine:
    """Have Knative Serving and Eventing on the node."""
    knative.install(node, STAGES)
    with STAGES.timed("Knative told that there is no mesh"):
        for command in commands_of("Knative without a service mesh"):
            node.kubectl(*command)
        node.roll_out("knative-serving", within=180)
    return node


@pytest.fixture(scope="session")
def everything(knative_node: Machine) -> Iterator[Installation]:
    """Run kn-mirror on the node."""
    with installed(knative_node, STAGES) as found:
        yield found


@pytest.fixture(scope="module")
def namespaces() -> list[str]:
    """Which namespaces stay from test to test."""
    return []


@pytest.fixture
def installation(everything: Installation, namespaces: list[str]) -> Iterator[Installation]:
    """Have its functions at zero, and see afterwards that no byte of a Secret is misplaced."""
    everything.settle()
    yield everything
    withdraw(everything.workbench)
    everything.rest()
    everything.workbench.clear(keep=(*_KEPT, *namespaces), elsewhere=MIRRORS)
    everything.rest()
    everything.hold_audit_to_its_schema()
    assert found_in(everything.collected(), SECRETS) == []


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The plugin, built, beside kubectl."""
    built = Distribution.built(tmp_path_factory.mktemp("dist"))
    found = Installed.put(built, tmp_path_factory.mktemp("home") / "bin")
    (found.folder / "kubectl").symlink_to(find_kubectl())
    return found


@pytest.fixture
def ask(installation: Installation, programs: Installed) -> Iterator[Ask]:
    """Run a command line; whatever is said has no byte of a Secret."""
    variables = {"KUBECONFIG": str(installation.machine.plane.kubeconfig), "NO_COLOR": "1"}
    heard: dict[str, bytes] = {}

    def run(line: str) -> CompletedProcess[str]:
        said = programs.run(*shlex.split(line), **variables)
        heard[line] = (said.stdout + said.stderr).encode()
        assert "Traceback" not in said.stderr
        return said

    yield run
    assert found_in(heard, SECRETS) == []


@pytest.fixture
def workbench(installation: Installation) -> Workbench:
    """The cluster in the test's hands."""
    return installation.workbench
