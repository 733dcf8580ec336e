"""Parties that mean no good, on a real API server, beside kn-mirror with the rights that it has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.knative.conftest import (
    compromised,
    installation,
    knative_plane,
    kubectl,
    prepare,
    server,
    token,
    workbench,
)
from tests.security.functions import Functions, write_kubeconfigs

if TYPE_CHECKING:
    from tests.lab.clusters import Workbench

# They are asked for by name.
__all__ = [
    "compromised", "installation", "knative_plane", "kubectl", "server", "token", "workbench",
]  # fmt: skip


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have everything there before the first test, whose time limit would not suffice."""
    prepare(session, Path(__file__).parent)


@pytest.fixture(scope="module", params=["default", "hardened"])
def overlay(request: pytest.FixtureRequest) -> str:
    """Which overlay is installed for the tests of a module: both, unless it says otherwise."""
    return str(request.param)


@pytest.fixture
def functions(workbench: Workbench, tmp_path: Path) -> Functions:
    """kn-mirror at work, with the rights that it has."""
    return Functions(workbench, write_kubeconfigs(workbench, tmp_path))


@pytest.fixture(params=["Secret", "ConfigMap"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of object it is about."""
    return str(request.param)
