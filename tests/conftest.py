"""Fixtures that tests of several folders use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.accounts import USERS
from tests.lab.api import Api
from tests.lab.clusters import Workbench
from tests.servers import Server
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.controlplane import ControlPlane, User

pytest_plugins = ["tests.lab.plugin"]

# How long one example takes is no property of the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured, and how many scenarios of conformance came true."""
    passed = [each.nodeid for each in terminalreporter.getreports("passed") if each.when == "call"]
    scenarios = [nodeid for nodeid in passed if nodeid.startswith("tests/conformance/")]
    if scenarios:
        names = {nodeid.partition("[")[0] for nodeid in scenarios}
        line = f"{len(names)} scenarios of conformance came true, in {len(scenarios)} runs"
        terminalreporter.write_line(line)
    for each in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, figure in each.user_properties if each.when == "call" else ():
            terminalreporter.write_line(f"{name}: {figure}")


@pytest.fixture(scope="session")
def users() -> tuple[User, ...]:
    """Who comes to the control plane and the node besides the administrator."""
    return USERS


@pytest.fixture(params=["sandbox", pytest.param("controlplane", marks=pytest.mark.controlplane)])
def server(request: pytest.FixtureRequest) -> Server:
    """Run the test against the sandbox, and once more against a real control plane."""
    found = request.getfixturevalue(f"{request.param}_server")
    assert isinstance(found, Server)
    return found


@pytest.fixture
def sandbox_server(tmp_path: Path) -> Iterator[Server]:
    """Run a sandbox of the test's own."""
    from sandbox import Sandbox  # noqa: PLC0415 (tests without a server do without it)

    kubeconfig = tmp_path / "sandbox.kubeconfig"
    with Sandbox.running() as sandbox:
        sandbox.write_kubeconfig(kubeconfig)
        yield Server(sandbox.url, kubeconfig, kubeconfig)


@pytest.fixture
def controlplane_server(control_plane: ControlPlane) -> Server:
    """Reach the control plane that all tests share; what a test makes there it has to clear."""
    return Server(
        url=control_plane.url,
        kubeconfig=control_plane.kubeconfig_for("functions"),
        admin_kubeconfig=control_plane.kubeconfig,
        token=control_plane.token,
        ca_file=control_plane.ca_file,
        forget_old_states=control_plane.compact,
    )


@pytest.fixture
def workbench(server: Server) -> Iterator[Workbench]:
    """The cluster in the test's hands; what the test made there goes with it."""
    bench = Workbench(Api(server.url, token=server.token, ca_file=server.ca_file))
    yield bench
    bench.clear(elsewhere=MIRRORS)
