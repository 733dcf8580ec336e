"""What events cost, counted from the audit log of a real API server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.lab.controlplane.audit import requests_seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

pytestmark = pytest.mark.controlplane

TARGETS = 200
TO_APPS = {
    names.ALLOWED: "true",
    names.AUTO_ENABLED: "true",
    names.AUTO_NAMESPACES: "app-.*",
}


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server tells by its own log what it was asked."""
    return controlplane_server


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

    assert seen.writes == ()


def test_a_new_namespace_costs_seven_reads_and_a_read_and_a_write_per_source(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    sources = [f"tls-{number}" for number in range(5)]
    make_sources(workbench, sources)
    workbench.config_map("prod", "ca", {"key": "one"}, annotations=TO_APPS)
    handler.resync()
    workbench.namespace("app-new")

    with requests_seen(control_plane) as seen:
        handler.reconcile_namespace("app-new")

    assert len(seen.reads) <= 7 + len(sources) + 1
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


def test_a_resync_with_nothing_to_repair_lists_each_kind_once(
    workbench: Workbench, handler: Handler, control_plane: ControlPlane
) -> None:
    make_namespaces(workbench, ["app-0", "app-1"])
    make_sources(workbench, ["tls-0", "tls-1"])
    handler.resync()

    with requests_seen(control_plane) as seen:
        handler.resync()

    assert [request.resource for request in seen.requests] == [
        "namespaces",
        "secrets",
        "configmaps",
    ]
