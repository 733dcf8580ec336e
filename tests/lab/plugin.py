"""The laboratory as a plugin of pytest: what tests ask for runs, and is built before the first.

    pytest_plugins = ["tests.lab.plugin"]

A test that asks for `control_plane` or `node` gets the mark of that name, one that needs further
programs names them: `@pytest.mark.programs(PROGRAM, …)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.lab.controlplane import ControlPlane, find_programs, running
from tests.lab.figures import Figures
from tests.lab.node import dns
from tests.lab.node.machines import Machine, machine
from tests.lab.node.programs import NodePrograms, find_node_programs
from tests.lab.node.traces import traces
from tests.lab.programs import built

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.lab.controlplane import User
    from tests.lab.programs import Program

_MARKS: Final = (
    "controlplane: needs the real kube-apiserver, which is built on first use",
    "programs: needs further programs, which are built on first use",
    "node: needs root, and a node, whose programs are built on first use",
    "machine_of_its_own: runs before the other tests on a node, which share one machine",
    "first_on_its_machine: runs before the other tests on the machine that they share",
    "last_on_its_machine: runs after the other tests on a node, and leaves much there",
)

# What it took until there was a node to test on.
STAGES: Final = Figures()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each stage took until there was a node to test on."""
    STAGES.write(terminalreporter, "stages of the node")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    """Mark what needs a node; run first what runs machines of its own: there is room for one.

    What leaves so much on the machine that others would be slowed down runs last.
    """
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "control_plane" in asked:
            item.add_marker(pytest.mark.controlplane)
        if "node_programs" in asked:
            item.add_marker(pytest.mark.node)
            item.add_marker(pytest.mark.timeout(600))
    result = yield
    items.sort(key=_turn)
    return result


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("machine_of_its_own"):
        return 0
    if item.get_closest_marker("first_on_its_machine"):
        return 1
    return 3 if item.get_closest_marker("last_on_its_machine") else 2


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what the tests need before the first of them, whose time limit would not suffice.

    pytest's capture of output is off meanwhile, so that the progress is seen.
    """
    if session.config.option.collectonly:
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        if any(item.get_closest_marker("controlplane") for item in session.items):
            find_programs()
        if any(item.get_closest_marker("node") for item in session.items):
            with STAGES.timed("programs of the node, found or built"):
                find_node_programs()
        programs = {each.place: each for item in session.items for each in _programs_of(item)}
        for program in programs.values():
            built(program)


def _programs_of(item: pytest.Item) -> tuple[Program, ...]:
    return tuple(each for mark in item.iter_markers("programs") for each in mark.args)


@pytest.fixture(scope="session")
def users() -> tuple[User, ...]:
    """Who may come to the control plane and the node besides `admin`; for others to override."""
    return ()


@pytest.fixture(scope="session")
def control_plane(users: tuple[User, ...]) -> Iterator[ControlPlane]:
    """Run a real control plane, the same for all tests of this process."""
    with running(find_programs(), users) as plane:
        yield plane


@pytest.fixture(scope="session")
def node_programs() -> NodePrograms:
    """Find what a node is made of."""
    return find_node_programs()


@pytest.fixture(scope="session")
def node(node_programs: NodePrograms, users: tuple[User, ...]) -> Iterator[Machine]:
    """Run a node whose pods find each other by name, the same for all tests."""
    before = traces()
    with machine(node_programs, STAGES, users) as found:
        with STAGES.timed("names"):
            dns.install(found, node_programs)
        yield found
    assert sorted(traces() - before) == []
