"""Who may write in one namespace reads nothing there that another namespace did not give it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.changes import forget_ends
from tests.conformance.clusters import allowed, auto, reflects
from tests.knative.people import Person
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import encode, path_of
from tests.secrecy import found_in
from tests.security.drawing import Hostile, few, hostile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.security.functions import Functions

pytestmark = pytest.mark.controlplane

TO_ALLY: Final = {"reflection_allowed_namespaces": "ally"}
# Path → what is written on it.
OTHERS: Final[Mapping[str, dict[str, str]]] = {
    "victim/private": {},
    "victim/shared": auto(**TO_ALLY),
    "victim/manual": allowed(**TO_ALLY),
    "ally/pulled": reflects("victim/manual"),
}
KEPT: Final = (*OTHERS, "ally/shared")
READABLE: Final = ["secrets", "configmaps", "events"]


def content(path: str) -> str:
    """What nobody but its owner and those it permits may read."""
    return f"only for whom {path} permits"


def parts(path: str) -> tuple[str, str]:
    namespace, name = path.split("/")
    return namespace, name


class Stage(NamedTuple):
    """A cluster with others' objects, and somebody who may edit what is in `attacker`."""

    bench: Workbench
    functions: Functions
    attacker: Person
    plane: ControlPlane

    def write(self, each: Hostile) -> None:
        """Make an object or change it, as far as the API server lets its owner."""
        metadata = {"annotations": each.annotations, "labels": each.labels}
        collection = path_of(each.kind, "attacker")
        body = {"metadata": {"name": each.name, **metadata}}
        if self.attacker.api.request("POST", collection, body).status == 409:
            place, change = f"{collection}/{each.name}", {"metadata": metadata}
            self.attacker.api.request("PATCH", place, change, content_type=MERGE_PATCH)

    def others(self) -> dict[str, object]:
        """What is everybody else's."""
        return {
            f"{kind} {path}": self.bench.data(*parts(path), kind)
            for kind in ("Secret", "ConfigMap")
            for path in KEPT
        }

    def read(self) -> dict[str, bytes]:
        """All that can be read in the attacker's own namespace, and what it is told of others."""
        lists = [f"/api/v1/namespaces/attacker/{each}" for each in READABLE]
        asked = [*lists, *(f"/api/v1/namespaces/{path.replace('/', '/secrets/')}" for path in KEPT)]
        return {
            path: json.dumps(self.attacker.api.request("GET", path).body).encode() for path in asked
        }

    def clear(self) -> None:
        """Take away what the attacker made, which a policy may protect from all but Kubernetes."""
        controllers = self.plane.api("system:kube-controller-manager")
        for each in READABLE:
            controllers.request("DELETE", f"/api/v1/namespaces/attacker/{each}")
        self.functions.tick()
        forget_ends(self.bench)


@pytest.fixture
def stage(workbench: Workbench, functions: Functions, knative_plane: ControlPlane) -> Stage:
    for name in ("victim", "ally", "attacker"):
        workbench.namespace(name)
    for path, written in OTHERS.items():
        key = {} if path == "ally/pulled" else {"key": content(path)}
        workbench.secret(*parts(path), key, annotations=written)
        workbench.config_map(*parts(path), key, annotations=written)
    functions.catch_up()
    return Stage(workbench, functions, Person(workbench, "attacker"), knative_plane)


@few
@given(st.lists(hostile, min_size=3, max_size=12), st.lists(hostile, max_size=6))
def test_nothing_of_others_is_in_the_namespace_of_whoever_asks_for_it(
    stage: Stage, first: list[Hostile], second: list[Hostile]
) -> None:
    before = stage.others()

    for round_ in (first, second):
        for each in round_:
            stage.write(each)
        stage.functions.catch_up()
    read = stage.read()
    after = stage.others()
    stage.clear()

    assert found_in(read, [content(path).encode() for path in KEPT]) == []
    assert after == before


def test_whom_a_source_permits_reads_it(stage: Stage) -> None:
    """What the test above looks for is there to be found."""
    permitted = {"key": content("victim/manual").encode()}

    assert stage.bench.data("ally", "pulled") == permitted
    assert stage.bench.data("ally", "shared") == {"key": content("victim/shared").encode()}


def test_a_pull_mirror_that_is_pointed_elsewhere_before_each_request_gets_nothing_of_others(
    stage: Stage,
) -> None:
    stage.write(Hostile("Secret", "own", {}, {}))
    own = {"data": {"key": encode("own")}, "metadata": {"annotations": allowed()}}
    place = path_of("Secret", "attacker", "own")
    stage.attacker.api.request("PATCH", place, own, content_type=MERGE_PATCH)
    stage.write(Hostile("Secret", "loop", reflects("attacker/own"), {}))
    turns = iter(["victim/private", "attacker/own"] * 40)

    def turn(_method: str, _path: str) -> None:
        stage.write(Hostile("Secret", "loop", reflects(next(turns, "victim/shared")), {}))

    stage.functions.on_secret_update.transport.before = turn
    stage.functions.written("Secret", "attacker", "loop")
    stage.functions.on_secret_update.transport.before = lambda _method, _path: None
    stage.functions.catch_up()

    secrets = [content(path).encode() for path in KEPT]
    assert found_in(stage.read(), secrets) == []
