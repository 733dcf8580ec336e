"""One machine for all tests on a node, and what was measured on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.changes import withdraw
from tests.figures import Figures
from tests.image.building import image_archive
from tests.node import dns, knative, listeners
from tests.node.installations import Installation, installed
from tests.node.machines import Machine, machine
from tests.node.programs import NodePrograms, find_node_programs
from tests.node.traces import traces
from tests.programs import built
from tests.secrecy import found_in
from tests.stories import SECRETS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.clusters import Workbench

_FIGURES = Figures()
_KEPT = (
    "kn-mirror",
    "knative-eventing",
    "knative-serving",
    "kourier-system",
    "probe",
    listeners.NAMESPACE,
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each stage took until there was a node to test on."""
    _FIGURES.write(terminalreporter, "stages of the node")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    """Mark what needs a node; run first what runs machines of its own: there is room for one.

    What leaves so much on the machine that others would be slowed down runs last.
    """
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.node)
            item.add_marker(pytest.mark.timeout(600))
    result = yield
    items.sort(key=_turn)
    return result


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("machine_of_its_own"):
        return 0
    return 2 if item.get_closest_marker("last_on_its_machine") else 1


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what a node is made of before the first test, whose time limit would not suffice.

    pytest's capture of output is off meanwhile, so that the progress is seen.
    """
    needed = any(item.get_closest_marker("node") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            with _FIGURES.timed("programs, found or built"):
                find_node_programs()
                for program in (*knative.PROGRAMS, listeners.PROGRAM):
                    built(program)
            with _FIGURES.timed("kn-mirror's image, found or built"):
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
def node_programs() -> NodePrograms:
    """Find what a node is made of."""
    return find_node_programs()


@pytest.fixture(scope="session")
def node(node_programs: NodePrograms) -> Iterator[Machine]:
    """Run a node whose pods find each other by name, the same for all tests."""
    before = traces()
    with machine(node_programs, _FIGURES) as found:
        with _FIGURES.timed("names"):
            dns.install(found, node_programs)
        yield found
    assert sorted(traces() - before) == []


@pytest.fixture(scope="session")
def everything(node: Machine) -> Iterator[Installation]:
    """Run kn-mirror on the node, with Knative Serving and Eventing."""
    knative.install(node, _FIGURES)
    with installed(node, _FIGURES) as found:
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
    everything.workbench.clear(keep=(*_KEPT, *namespaces))
    everything.rest()
    everything.hold_audit_to_its_schema()
    assert found_in(everything.collected(), SECRETS) == []


@pytest.fixture
def workbench(installation: Installation) -> Workbench:
    """The cluster in the test's hands."""
    return installation.workbench
