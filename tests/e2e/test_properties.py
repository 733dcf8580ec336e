"""What is true of every cluster and every order of events, as far as can be thought of."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import example, given

from mirroring.errors import EventError
from mirroring.serving.cloud_events import read_events
from tests.strategies import OWN, TARGETS, Found, World, events, requests, worlds
from tests.trials import DATA, OLDER, Trial

if TYPE_CHECKING:
    from tests.cloud_events import Request as EventRequest


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
