"""The Lease in which sources are noted that went, whatever becomes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mirroring.cluster.leases import LeaseKeeper
from mirroring.errors import Unavailable
from mirroring.names import ENDED, ENDS_LEASE
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.ends import End
from mirroring.planning.plans import plan
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
from mirroring.planning.steps import Op
from mirroring.policies.sources import Source
from mirroring.reconciling.vacancies import Vacancies
from sandbox import kinds
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.stand_ins import StandIn
from tests.trials import DirectTransport
from tests.unit.examples import EVERYWHERE, metadata, namespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.cluster.protocols import Transport

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
GONE = Ref(SECRET, "prod", "tls")
TENANT = metadata(Ref(SECRET, "team", "tls"), annotations=EVERYWHERE)


def vacancies(transport: Transport, now: datetime = NOW) -> Vacancies:
    return Vacancies(lambda _kind: [TENANT], LeaseKeeper(transport), "kn-mirror", now)


def places(*names: str, count: int = 1) -> list[Ref]:
    """Places of mirrors by these names, in one namespace or more."""
    return [
        Ref(SECRET, ["dev", f"n-{number}"][number > 0], name)
        for name in names
        for number in range(count)
    ]


def ended(places: Mapping[Ref, Iterable[Ref]], at: datetime = NOW) -> list[End]:
    return [End.of(source, those, at) for source, those in places.items()]


def kept_for(known: Vacancies) -> Ref | None:
    """Say for whom dev/tls is kept from the tenant."""
    snapshot = Snapshot.of(Scope(SECRET), {"dev": namespace("dev")}, [TENANT])
    [cell] = known.shown_on(snapshot).cells(Source.of(TENANT.ref, TENANT))
    return cell.kept_for


@pytest.fixture
def store() -> Store:
    """A cluster with kn-mirror's own namespace."""
    store = Store()
    user = Registry(store, "user")
    user.create(kinds.NAMESPACE, "", {"metadata": {"name": "kn-mirror"}})
    return store


def lease(store: Store) -> dict[str, Any]:
    found = store.get(kinds.Ref(kinds.LEASE, "kn-mirror", ENDS_LEASE))
    assert found is not None
    return dict(json.loads(found["metadata"]["annotations"][ENDED]))


def test_what_one_event_notes_another_reads(store: Store) -> None:
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))

    assert kept_for(vacancies(DirectTransport(store))) == GONE


def test_what_an_event_has_noted_it_knows_itself(store: Store) -> None:
    known = vacancies(DirectTransport(store))
    before = kept_for(known)

    known.note(ended({GONE: places("tls")}))

    assert (before, kept_for(known)) == (None, GONE)


def test_what_is_a_day_old_is_left_out(store: Store) -> None:
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))
    other = Ref(SECRET, "prod", "other")

    vacancies(DirectTransport(store), LATER).note(ended({other: places("other")}, LATER))

    assert lease(store).keys() == {"Secret/prod/other"}


def test_what_others_note_at_the_same_time_stays(store: Store) -> None:
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))
    late, requests = DirectTransport(store), count(1)

    def act() -> None:
        # Between the read and the write of the first attempt.
        if next(requests) == 2:
            other = Ref(SECRET, "prod", "other")
            vacancies(DirectTransport(store)).note(ended({other: places("other")}))

    late.before = act
    vacancies(late).note(ended({Ref(SECRET, "stage", "tls"): places("tls")}))

    assert lease(store).keys() == {"Secret/prod/tls", "Secret/prod/other", "Secret/stage/tls"}


def test_what_others_write_all_the_time_is_given_up_and_told(store: Store) -> None:
    """M5: a flood of ends kept the mirrors of a Secret that was revoked."""
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))
    late, requests = DirectTransport(store), count(1)

    def act() -> None:
        number = next(requests)
        if number % 2 == 0:
            other = Ref(SECRET, "team", f"other-{number}")
            vacancies(DirectTransport(store)).note(ended({other: places("other")}))

    late.before = act
    known = vacancies(late)

    because = known.note(ended({Ref(SECRET, "stage", "tls"): places("wild")}))

    assert because.startswith("Lease kn-mirror/kn-mirror-ends is written by others all the time")
    assert next(requests) == 21


def test_what_one_namespace_shows_is_known_to_that_event_and_written_nowhere(store: Store) -> None:
    """M5: each object that said it was a mirror cost a write of the Lease."""
    known = vacancies(DirectTransport(store))

    known.note(ended({GONE: places("tls")}), is_seen=False)

    assert kept_for(known) == GONE
    assert store.get(kinds.Ref(kinds.LEASE, "kn-mirror", ENDS_LEASE)) is None


def test_where_there_is_no_room_those_go_that_freed_fewest_places(store: Store) -> None:
    """H3: whoever names sources of any namespace had those of others forgotten."""
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls", count=3)}))
    many = {Ref(SECRET, f"ghost-{number}", "x" * 250): places("y" * 250) for number in range(600)}

    vacancies(DirectTransport(store)).note(ended(many))

    assert "Secret/prod/tls" in lease(store)


def test_where_there_is_no_room_a_namespace_loses_its_own(store: Store) -> None:
    """Whoever ends sources by the thousand has none of others forgotten."""
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))
    many = {
        Ref(SECRET, "team", f"{number:04}-{'x' * 200}"): places("y" * 200) for number in range(600)
    }

    vacancies(DirectTransport(store)).note(ended(many))

    noted = lease(store)
    assert "Secret/prod/tls" in noted
    assert 100 < len(noted) < 600
    assert len(json.dumps(noted)) <= 128 * 1024


def test_what_is_left_out_is_all_that_is_measured(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of eight forged mirrors cost a tick as many measures as the Lease holds ends."""
    many = {Ref(SECRET, f"ghost-{number}", "x" * 250): places("y" * 250) for number in range(600)}
    vacancies(DirectTransport(store)).note(ended(many))
    written: list[int] = []
    dumps = json.dumps

    def counted(value: Any) -> str:
        written.append(len(value))
        return dumps(value)

    monkeypatch.setattr(json, "dumps", counted)

    vacancies(DirectTransport(store)).note(
        ended({Ref(SECRET, "more", "x" * 250): places("y" * 250)})
    )

    assert len(written) < 10


@pytest.mark.parametrize("status", [403, 404])
def test_where_the_lease_may_not_be_used_nothing_is_kept(status: int) -> None:
    known = vacancies(StandIn(status))

    known.note(ended({GONE: places("tls")}))

    assert kept_for(known) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_cannot_be_known_now_is_no_answer(status: int) -> None:
    """The event comes again: a mirror is not withdrawn before its source's end is noted."""
    known = vacancies(StandIn(status))

    with pytest.raises(Unavailable):
        known.note(ended({GONE: places("tls")}))
    with pytest.raises(Unavailable):
        kept_for(known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"Secret/prod/tls": null}',
        '{"Secret/prod/tls": []}',
        '{"Secret/prod/tls": ["2026-11-24T12:00:00", {"tls": 9}]}',
        '{"Pod/prod/tls": ["2026-11-24T12:00:00+00:00", {"tls": 9}]}',
        '{"tls": ["2026-11-24T12:00:00+00:00", {"tls": 9}]}',
        '{"Secret/prod/tls": ["2026-11-24T12:00:00+00:00", "tls"]}',
        '{"Secret/prod/tls": ["2026-11-24T12:00:00+00:00", {"tls": "all"}]}',
        '{"Secret/prod/tls": ["2026-11-24T12:00:00+00:00", {"tls": null}]}',
        '{"Secret/prod/tls": ["2026-11-24T12:00:00+00:00", {"tls": -9}]}',
        "[" * 10_000,
    ],
)
def test_what_nobody_of_us_wrote_in_it_keeps_nothing(text: str) -> None:
    body = {"metadata": {"resourceVersion": "1", "annotations": {ENDED: text}}}

    assert kept_for(vacancies(StandIn(200, json.dumps(body).encode()))) is None


def test_one_that_is_back_is_not_taken_for_the_younger_before_it_is_known() -> None:
    """Guards `Op.CONFLICT` in `Plan.takes_places`: by age alone the tenant's comes first."""
    store = Store()
    Registry(store, "user").create(kinds.NAMESPACE, "", {"metadata": {"name": "kn-mirror"}})
    known = vacancies(DirectTransport(store))
    known.note(ended({GONE: places("tls")}))
    tenants = replace(TENANT, created="2026-01-01T00:00:00Z")
    again = metadata(GONE, annotations=EVERYWHERE)
    again = replace(again, created="2026-11-24T12:00:00Z")
    snapshot = Snapshot.of(Scope(SECRET), {"dev": namespace("dev")}, [tenants, again])
    source = Source.of(GONE, again)

    first = plan(snapshot, source, at=NOW)
    [step] = plan(known.shown_on(snapshot), source, at=NOW).steps

    assert first.takes_places
    assert step.op is Op.CREATE


@pytest.mark.parametrize("number", ["Infinity", "1e400", "NaN", '"many"'])
def test_a_note_that_says_no_number_of_places_is_as_one_that_is_not_there(
    store: Store, number: str
) -> None:
    """Fails when what is raised ends every event of a source that asks whose a place was."""
    vacancies(DirectTransport(store)).note(ended({GONE: places("tls")}))
    note = f'{{"Secret/prod/tls": ["{NOW.isoformat()}", {{"tls": {number}}}]}}'
    ref = kinds.Ref(kinds.LEASE, "kn-mirror", ENDS_LEASE)
    change = {"metadata": {"annotations": {ENDED: note}}}
    Registry(store, "user").patch(ref, change, "application/merge-patch+json")

    assert kept_for(vacancies(DirectTransport(store))) is None
