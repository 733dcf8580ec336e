"""Whoever else writes in the cluster, all comes to rest, and what others declared is theirs.

Each world is a cluster with others at work in it; `actors` has who they are, and the oracle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mirroring.cluster.kubeconfigs import from_kubeconfig
from mirroring.cluster.transports import HttpTransport
from mirroring.settings import Settings
from tests.e2e.actors.admission_policies import remove_policies
from tests.e2e.actors.admissions import Alteration
from tests.e2e.actors.claims import Place
from tests.e2e.actors.hands import Hands
from tests.e2e.actors.plays import Play
from tests.e2e.actors.reports import REPORTS
from tests.e2e.actors.servers import InMemory, Listed
from tests.e2e.actors.stages import NAMESPACES, Overlay
from tests.e2e.actors.worlds import World, worlds
from tests.lab.clusters import path_of
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.actors.servers import ApiServer
    from tests.lab.clusters import Workbench
    from tests.servers import Server

# A real API server sets no labels here, as an overlay would have it do.
_REAL: Final = {name: world for name, world in REPORTS.items() if world.overlay is Overlay.DROP_IN}


@given(worlds())
@settings(max_examples=200)
def test_whoever_else_writes_all_comes_to_rest(world: World) -> None:
    assert Play(world, InMemory()).faults() == []


@pytest.mark.parametrize("report", REPORTS)
def test_what_was_reported_ends_well(report: str) -> None:
    assert Play(REPORTS[report], InMemory()).faults() == []


@given(worlds())
@settings(max_examples=20)
def test_a_world_goes_the_same_way_each_time(world: World) -> None:
    """Else what was found could not be looked at."""
    assert _played(world) == _played(world)


def _played(world: World) -> tuple[list[str], list[tuple[str, object]]]:
    server = InMemory()
    faults = Play(world, server).faults()
    return faults, [(ref.path, body.get("data")) for ref, body in server.everything()]


@pytest.fixture
def real(controlplane_server: Server, workbench: Workbench) -> Iterator[Listed]:
    """A real API server, on which one play after the other can be given."""
    transport = HttpTransport(from_kubeconfig(controlplane_server.kubeconfig), Settings())
    yield Listed(workbench.api, transport, frozenset(NAMESPACES))
    remove_policies(workbench.api)


@pytest.fixture(params=["sandbox", pytest.param("controlplane", marks=pytest.mark.controlplane)])
def api_server(request: pytest.FixtureRequest) -> ApiServer:
    """One or the other."""
    is_sandbox = request.param == "sandbox"
    found: ApiServer = InMemory() if is_sandbox else request.getfixturevalue("real")
    return found


def test_of_what_a_policy_adds_nobody_is_noted_as_the_owner(api_server: ApiServer) -> None:
    """The contract of the API server that policies of both have to keep."""
    hands, place = Hands(api_server.client, "Secret"), Place("app", "tls")
    api_server.client.request("POST", path_of("Namespace", ""), {"metadata": {"name": "app"}})
    api_server.alter("app", Alteration.ADDS_KEY)

    hands.create(place, hands.fields({"key": "one"}), by="kn-mirror")
    hands.patch(place, hands.fields({"key": "two"}), by="kn-mirror")

    stored = hands.get(place) or {}
    (owner,) = stored["metadata"]["managedFields"]
    assert stored["data"].keys() == {"key", "injected"}
    assert owner["fieldsV1"]["f:data"] == {".": {}, "f:key": {}}


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real one; the sandbox is played on in memory."""
    return controlplane_server


@pytest.mark.controlplane
@pytest.mark.parametrize("report", _REAL)
def test_what_was_reported_ends_well_on_a_real_api_server(real: Listed, report: str) -> None:
    assert Play(_REAL[report], real).faults() == []


@pytest.mark.controlplane
@given(world=worlds(overlays=(Overlay.DROP_IN,)))
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whoever_else_writes_a_real_cluster_comes_to_rest(
    workbench: Workbench, real: Listed, world: World
) -> None:
    remove_policies(workbench.api)
    workbench.clear(elsewhere=MIRRORS)
    list(real.changes())

    assert Play(world, real).faults() == []
