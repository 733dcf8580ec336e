"""What is true of every cluster and every order of events, as far as hypothesis can think of them.

The sandbox's API is called without HTTP in between, so that many clusters can be tried.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from hypothesis import example, given

from mirroring import vocabulary
from mirroring.cluster import Cluster
from mirroring.connections import Connection
from mirroring.errors import EventError
from mirroring.events import read_events
from mirroring.reconciling import Mirroring
from mirroring.references import NAMESPACE, SECRET, Ref
from mirroring.reports import Report
from sandbox.api import Api
from sandbox.messages import Request
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.strategies import OWN, TARGETS, Found, World, events, requests, worlds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cloud_events import Request as EventRequest

DATA: Final = {"key": "bmV3"}
OLDER: Final = {"key": "b2xk"}
LEFT_THERE: Final[Mapping[Found, dict[str, str]]] = {
    Found.FOREIGN: {},
    Found.STALE: {vocabulary.REFLECTS: "prod/tls", vocabulary.AUTO_REFLECTS: "True"},
    Found.ORPHAN: {vocabulary.REFLECTS: "gone/tls", vocabulary.AUTO_REFLECTS: "True"},
    Found.PULLED: {vocabulary.REFLECTS: "prod/tls"},
}
THREADS = ThreadPoolExecutor(4)


class DirectConnection(Connection):
    """A connection to a store in the same process."""

    def __init__(self, store: Store) -> None:
        self.writers = THREADS
        self._api = Api(store)

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        body = options.get("body")
        headers = {name.lower(): value for name, value in options["headers"].items()}
        request = Request(
            method=method,
            path=unquote(path),
            query=dict(options.get("query") or {}),
            headers=headers,
            body=b"" if body is None else json.dumps(body).encode(),
        )
        answer = self._api.answer(request)
        return answer.code, json.dumps(answer.body).encode()


class Trial:
    """A cluster, and kn-mirror at work in it."""

    def __init__(self, world: World) -> None:
        self.store = Store()
        self._as_user = Registry(self.store, "user")
        for name in (OWN, *TARGETS):
            env = world.labels.get(name)
            metadata = {"name": name, "labels": {"env": env} if env else {}}
            self._as_user.create(NAMESPACE, "", {"metadata": metadata})
        self._make_secret(OWN, world.annotations, DATA)
        for name, found in world.found.items():
            if found is not Found.NOTHING:
                self._make_secret(name, LEFT_THERE[found], OLDER)

    def handle(self, about: str, name: str = "") -> None:
        """Handle one event."""
        mirroring = Mirroring(Cluster(DirectConnection(self.store)), Report())
        if about == "namespace":
            mirroring.reconcile_namespace(name)
        elif about == "secret":
            mirroring.reconcile(Ref(SECRET, name, "tls"))
        else:
            mirroring.resync()

    def secret(self, namespace: str) -> dict[str, Any] | None:
        """Return what has the mirror's name."""
        return self.store.get(Ref(SECRET, namespace, "tls"))

    def data(self, namespace: str) -> dict[str, str] | None:
        """Return what is in it."""
        found = self.secret(namespace)
        return found and found["data"]

    def _make_secret(self, namespace: str, annotations: dict[str, str], data: Any) -> None:
        metadata = {"name": "tls", "annotations": annotations}
        self._as_user.create(SECRET, namespace, {"metadata": metadata, "data": data})


def expected(world: World, namespace: str) -> dict[str, str] | None:
    """Say by the specification what has to be in a namespace in the end."""
    match world.found[namespace]:
        case Found.FOREIGN:
            return OLDER
        case Found.PULLED:
            return DATA if namespace in world.permitting else OLDER
        case _:
            return DATA if namespace in world.wanted else None


@given(worlds, events)
@example(World(found=dict.fromkeys(TARGETS, Found.ORPHAN)), [])
def test_a_tick_makes_every_cluster_right_whatever_events_came_before(
    world: World, happened: list[tuple[str, str]]
) -> None:
    trial = Trial(world)

    for about, name in happened:
        trial.handle(about, name)
    trial.handle("tick")

    assert {name: trial.data(name) for name in TARGETS} == {
        name: expected(world, name) for name in TARGETS
    }
    assert trial.data(OWN) == DATA


@given(worlds, events)
def test_what_users_made_is_never_written(world: World, happened: list[tuple[str, str]]) -> None:
    trial = Trial(world)
    theirs = [name for name, found in world.found.items() if found is Found.FOREIGN]
    before = [trial.secret(name) for name in theirs]

    for about, name in [*happened, ("tick", "")]:
        trial.handle(about, name)

    assert [trial.secret(name) for name in theirs] == before


@given(worlds, events)
def test_a_cluster_that_is_right_is_not_written(
    world: World, happened: list[tuple[str, str]]
) -> None:
    trial = Trial(world)
    trial.handle("tick")
    version = trial.store.version

    for about, name in [*happened, ("tick", "")]:
        trial.handle(about, name)

    assert trial.store.version == version


@given(requests)
def test_no_request_brings_the_reader_of_events_down(request: EventRequest) -> None:
    with suppress(EventError):
        for event in read_events(request.headers, request.body):
            assert event.id
            assert event.type
            assert event.source
