"""What events cost, counted from the audit log of a real API server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.reconciling.clocks import Clock
from mirroring.settings import Settings
from tests.lab.controlplane.audit import requests_seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

pytestmark = pytest.mark.controlplane

TARGETS = 200
MANY = 1000
TO_APPS = {
    names.ALLOWED: "true",
    names.AUTO_ENABLED: "true",
    names.AUTO_NAMESPACES: "app-.*",
}


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server tells by its own log what it was asked."""
    return controlplane_server


@pytest.fixture
def ticking(workbench: Workbench, handler: Handler) -> Handler:
    """A process that looks at everything once, and then at what has a label."""
    workbench.namespace("kn-mirror")
    handler.full_resync_interval = 3600
    return handler


@dataclass(frozen=True)
class UpAt(Clock):
    """A clock whose time is up when a test says so."""

    stopped: Event = field(default_factory=Event)

    def stop(self) -> None:
        """Let the time be up."""
        self.stopped.set()

    @property
    def is_up(self) -> bool:
        """Whether nothing more may be begun."""
        return self.stopped.is_set()


def make_namespaces(workbench: Workbench, names: Iterable[str]) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(workbench.namespace, names))


def make_sources(workbench: Workbench, names: Iterable[str]) -> None:
    workbench.namespace("prod")
    for name in names:
        workbench.secret("prod", name, {"key": "one"}, annotations=TO_APPS)


def test_a_renewal_costs_six_reads_and_a_write_per_mirror(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, [f"app-{number}" for number in range(TARGETS)])
    make_sources(workbench, ["tls"])
    handler.reconcile("prod", "tls")
    workbench.patch("Secret", "prod", "tls", {"stringData": {"key": "two"}})

    with requests_seen(control_plane) as seen:
        handler.reconcile("prod", "tls")

    assert len(seen.reads) <= 6
    assert len(seen.writes) == TARGETS


def test_nothing_changed_costs_no_write(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, ["app-0", "app-1"])
    make_sources(workbench, ["tls"])
    handler.reconcile("prod", "tls")

    with requests_seen(control_plane) as seen:
        handler.reconcile("prod", "tls")
        handler.reconcile("app-0", "tls")
        handler.reconcile_namespace("app-0")
        handler.resync()

    # There is no namespace for on-resync's memory.
    assert [request for request in seen.writes if request.resource != "leases"] == []


def test_a_new_namespace_costs_eight_reads_and_a_read_and_a_write_per_source(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    sources = [f"tls-{number}" for number in range(5)]
    make_sources(workbench, sources)
    workbench.config_map("prod", "ca", {"key": "one"}, annotations=TO_APPS)
    handler.resync()
    workbench.namespace("app-new")

    with requests_seen(control_plane) as seen:
        handler.reconcile_namespace("app-new")

    assert len(seen.reads) <= 8 + len(sources) + 1
    assert len(seen.writes) == len(sources) + 1


def test_a_namespace_that_no_source_permits_costs_no_read_of_a_source(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    make_sources(workbench, ["tls"])
    handler.resync()
    workbench.namespace("other")

    with requests_seen(control_plane) as seen:
        handler.reconcile_namespace("other")

    assert [request.verb for request in seen.requests] == ["get", *["list"] * 4]


def test_an_unrelated_secret_costs_one_read(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    workbench.namespace("prod")
    workbench.secret("prod", "password", {"key": "one"})

    with requests_seen(control_plane) as seen:
        handler.reconcile("prod", "password")

    assert [request.verb for request in seen.requests] == ["get"]


def test_the_event_of_a_mirror_that_was_just_written_costs_one_read(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, ["app-0"])
    make_sources(workbench, ["tls"])
    handler.reconcile("prod", "tls")

    with requests_seen(control_plane) as seen:
        handler.reconcile("app-0", "tls")

    assert [request.verb for request in seen.requests] == ["get"]


@pytest.mark.parametrize("number", [1, 30])
def test_a_tick_with_nothing_to_repair_costs_five_requests_however_many_sources_there_are(
    workbench: Workbench, ticking: Handler, control_plane: ControlPlane, number: int
) -> None:
    make_namespaces(workbench, ["app-0", "app-1"])
    make_sources(workbench, [f"tls-{each}" for each in range(number)])
    ticking.resync()

    with requests_seen(control_plane) as seen:
        ticking.resync()

    # Namespaces are read beside the rest.
    assert sorted(f"{request.verb} {request.resource}" for request in seen.requests) == [
        "get leases",
        "list configmaps",
        "list namespaces",
        "list secrets",
        "patch leases",
    ]


def test_a_look_at_everything_costs_a_list_more_for_each_kind(
    workbench: Workbench, ticking: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, ["app-0", "app-1"])
    make_sources(workbench, ["tls-0", "tls-1"])
    ticking.resync()
    ticking.full_resync_interval = 0

    with requests_seen(control_plane) as seen:
        ticking.resync()

    assert sorted(f"{request.verb} {request.resource}" for request in seen.requests) == [
        "get leases",
        "list configmaps",
        "list configmaps",
        "list namespaces",
        "list secrets",
        "list secrets",
        "patch leases",
    ]


def test_a_delivery_that_is_taken_back_leaves_the_rest_and_nothing_else_to_the_next(
    workbench: Workbench, ticking: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, [f"app-{number}" for number in range(MANY // 10)])
    make_sources(workbench, [f"tls-{number}" for number in range(10)])
    ticking.clock = clock = UpAt()
    ticking.before("POST", "/app-", clock.stop, nth=MANY // 2)

    with requests_seen(control_plane) as seen:
        report = ticking.resync()
    ticking.clock = None
    with requests_seen(control_plane) as seen_then:
        ticking.resync()

    made, made_then = (
        sum(request.verb == "create" and request.resource == "secrets" for request in each.writes)
        for each in (seen, seen_then)
    )
    # What the other writers had begun by then was done, too.
    assert MANY // 2 <= made <= MANY // 2 + Settings().writers
    assert made_then == MANY - made
    assert report.must_retry
    assert "mirrors of Secret prod/tls-" in report.reason
    # Of the ten sources those that have all their mirrors are not read again.
    assert 5 <= sum(request.verb == "get" for request in seen_then.requests) <= 2 * 10 + 1
