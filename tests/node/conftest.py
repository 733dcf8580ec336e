"""One machine for all tests on a node, and what was measured on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.node import dns
from tests.node.figures import Figures
from tests.node.machines import Machine, machine
from tests.node.programs import NodePrograms, find_node_programs
from tests.node.traces import traces

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIGURES = Figures()


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Take down what is measured."""
    return _FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured."""
    if _FIGURES.lines:
        terminalreporter.section("on the node")
        for line in _FIGURES.lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what runs machines of its own: there is room for one at a time."""
    items.sort(key=lambda item: item.get_closest_marker("machine_of_its_own") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the programs before the first test, whose time limit would not suffice.

    pytest's capture of output is off meanwhile, so that the progress is seen.
    """
    needed = any(item.get_closest_marker("node") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled(), _FIGURES.timed("programs found or built"):
            find_node_programs()


@pytest.fixture(scope="session")
def node_programs() -> NodePrograms:
    """Find what a node is made of."""
    return find_node_programs()


@pytest.fixture(scope="session")
def node(node_programs: NodePrograms, figures: Figures) -> Iterator[Machine]:
    """Run a node whose pods find each other by name, the same for all tests."""
    before = traces()
    with machine(node_programs, figures) as found:
        with figures.timed("names"):
            dns.install(found, node_programs)
        yield found
    assert sorted(traces() - before) == []
