"""One installation for all tests of the data plane, at rest before and searched after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.changes import withdraw
from tests.dataplane.installations import Installation, installed
from tests.lab.dataplane.parts import PROGRAMS
from tests.lab.figures import Figures
from tests.secrecy import found_in
from tests.stories import MIRRORS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.clusters import Workbench

_FIGURES = Figures()
_KEPT = ("kn-mirror", "knative-eventing", "probe")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each stage took until there was a data plane to test on."""
    _FIGURES.write(terminalreporter, "stages of the data plane")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They need what tests of the control plane need, and some take their time."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.controlplane)
            item.add_marker(pytest.mark.programs(*PROGRAMS))
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def everything(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Run kn-mirror on Knative's data plane, for all tests of an overlay."""
    overlay = getattr(request, "param", "default")
    with installed(tmp_path_factory.mktemp("dataplane"), overlay, _FIGURES) as installation:
        yield installation


@pytest.fixture
def installation(everything: Installation) -> Iterator[Installation]:
    """Have it at rest, and see afterwards that no byte of a Secret is where it must not be."""
    yield everything
    withdraw(everything.workbench)
    everything.rest()
    everything.workbench.clear(keep=_KEPT, elsewhere=MIRRORS)
    everything.rest()
    everything.hold_audit_to_its_schema()
    assert found_in(everything.collected(), SECRETS) == []


@pytest.fixture
def workbench(installation: Installation) -> Workbench:
    """The cluster in the test's hands."""
    return installation.workbench
