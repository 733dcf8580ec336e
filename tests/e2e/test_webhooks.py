"""Refusals of real webhooks and policies: told once, others unharmed, quiet, and done when lifted.

What they say by any status is drawn in `test_standing_refusals.py`, on the sandbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring.reporting.reports import Action
from tests.e2e.invariants import TO_APPS
from tests.policies import denied
from tests.webhooks import denying, hanging

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

pytestmark = pytest.mark.controlplane

SOURCES = ["tls-0", "tls-1", "tls-2"]
both_kinds = pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server asks webhooks."""
    return controlplane_server


@pytest.fixture(autouse=True)
def ticking(workbench: Workbench, handler: Handler, apps: list[str]) -> None:
    """A process that looks at everything once, and then at what has a label."""
    assert apps
    workbench.namespace("kn-mirror")
    handler.full_resync_interval = 3600


def write_sources(workbench: Workbench, kind: str) -> None:
    write = workbench.secret if kind == "Secret" else workbench.config_map
    for name in SOURCES:
        write("prod", name, {"key": "one"}, annotations=TO_APPS)


def mirrored(workbench: Workbench, kind: str, namespace: str) -> int:
    return sum(workbench.get(kind, namespace, name) is not None for name in SOURCES)


def told(report: Report) -> list[str]:
    failed = [each for each in report.outcomes if each.action is Action.FAILED]
    return [each.because for each in failed if not each.told]


def check(
    workbench: Workbench,
    handler: Handler,
    kind: str,
    refusing: AbstractContextManager[None],
    said: str,
) -> None:
    """Hold ticks while something is refused in app-0, and when it is no more, to the promise."""
    write_sources(workbench, kind)
    with refusing:
        first, second = handler.resync(), handler.resync()
        with handler.requests() as asked:
            third = handler.resync()
        meanwhile = [mirrored(workbench, kind, f"app-{number}") for number in range(5)]
    handler.resync()

    assert [len(told(each)) for each in (first, second, third)] == [3, 0, 0]
    assert all(said in each for each in told(first)[:1])
    assert not second.must_retry
    assert len(asked) == 5
    assert meanwhile == [0, 3, 3, 3, 3]
    assert mirrored(workbench, kind, "app-0") == 3


@both_kinds
@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500])
def test_a_webhook_that_denies_by_any_status(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane, kind: str, status: int
) -> None:
    """R17, E2."""
    refusing = denying(control_plane, workbench, ["app-0"], status)

    check(workbench, handler, kind, refusing, "denied the request: not here")


@both_kinds
@pytest.mark.parametrize("reason", ["Forbidden", "Invalid", "RequestEntityTooLarge"])
def test_a_policy_that_denies_for_any_reason(
    workbench: Workbench, handler: Handler, kind: str, reason: str
) -> None:
    """R17."""
    check(workbench, handler, kind, denied(workbench, ["app-0"], reason=reason), "not here")


def test_a_webhook_that_does_not_answer(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    """R26."""
    refusing = hanging(control_plane, workbench, ["app-0"])

    check(workbench, handler, "Secret", refusing, "failed calling webhook")
