"""Fixtures that tests of several folders use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.controlplane import ControlPlane, find_programs, running
from tests.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the control plane before the first test, whose time limit would not suffice.

    pytest's capture of output is off meanwhile, so that the progress is seen.
    """
    needed = any(item.get_closest_marker("controlplane") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            find_programs()


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """Run a real control plane, the same for all tests of this process."""
    with running(find_programs()) as plane:
        yield plane


@pytest.fixture(params=["sandbox", pytest.param("controlplane", marks=pytest.mark.controlplane)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Run the test on the sandbox, one of its own, and on the real API server."""
    if request.param == "sandbox":
        with Sandbox.running() as sandbox:
            sandbox.write_kubeconfig(tmp_path / "kubeconfig")
            yield Server(sandbox.url, tmp_path / "kubeconfig")
    else:
        plane: ControlPlane = request.getfixturevalue("control_plane")
        yield Server(plane.url, plane.kubeconfig, plane.token, plane.ca_file)
