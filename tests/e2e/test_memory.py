"""What one resync leaves for the next: it saves work, and whatever becomes of it breaks nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import Mirroring, names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.leases import Lease, LeaseKeeper
from mirroring.codes import Code, Reason
from mirroring.names import LEASE, LOOKED_AT, REMEMBERED
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.steps import Op, Step
from mirroring.policies.sources import Source
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from mirroring.reporting.reports import Action, Outcome, Report
from sandbox import kinds
from sandbox.deletions import delete
from tests.stand_ins import OneByOne, StandIn
from tests.strategies import TARGETS, World
from tests.trials import DirectTransport, Trial
from tests.unit.examples import SOURCE, metadata, source

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 2, tzinfo=UTC)
AUTO = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
MEMORY = kinds.Ref(kinds.LEASE, "kn-mirror", LEASE)

texts = st.text(max_size=200)
times = st.one_of(
    texts,
    st.datetimes().map(datetime.isoformat),
    st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "20260101T00Z"]),
)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)
remembered = st.one_of(
    texts,
    jsons.map(json.dumps),
    st.sampled_from(["[" * 100_000, "1" * 10_000, '{"a": NaN}', '{"\\ud800": "\\udfff"}', "{}{}"]),
)


class Clustered(Trial):
    """A cluster with a conflict that stands in every namespace but one, and on-resync."""

    def __init__(self) -> None:
        super().__init__(World())
        self.as_user.create(kinds.NAMESPACE, "", {"metadata": {"name": "kn-mirror"}})
        for name in TARGETS[1:]:
            self.make_secret(name, {}, {"key": "dGhlaXJz"})

    def resync(self, transport: DirectTransport | None = None) -> Report:
        report = Report()
        cluster = Cluster(Connection(transport or DirectTransport(self.store), OneByOne()))
        Mirroring(cluster, report, full_resync_interval=3600).resync()
        return report

    def told(self, report: Report) -> int:
        """Count the conflicts that are told, and not for the second time."""
        return sum(each.action is Action.CONFLICT and not each.told for each in report.outcomes)

    def annotate_memory(self, annotations: dict[str, str | None]) -> None:
        change = {"metadata": {"annotations": annotations}}
        self.as_user.patch(MEMORY, change, "application/merge-patch+json")

    @property
    def memory(self) -> dict[str, str]:
        return dict((self.store.get(MEMORY) or {})["metadata"]["annotations"])


@given(times, remembered)
def test_whatever_is_written_on_the_lease_it_is_read_and_renewed(when: str, what: str) -> None:
    body = {"resourceVersion": "1", "annotations": {LOOKED_AT: when, REMEMBERED: what}}
    keeper = LeaseKeeper(StandIn(200, json.dumps({"metadata": body}).encode()))

    notebook = Notebook.read(keeper, "kn-mirror")
    memory = Memory(notebook.remembered)
    memory.keep()
    notebook.write(keeper, memory, now=NOW, looked=False, interval=3600)

    assert isinstance(notebook.is_due(3600, NOW), bool)
    assert all(isinstance(each, str) for pair in memory.after.items() for each in pair)
    assert len(json.dumps(dict(memory.after))) < 256 * 1024


@given(st.one_of(st.binary(max_size=50), jsons.map(json.dumps).map(str.encode)))
def test_a_lease_that_cannot_be_read_is_as_one_that_is_not_there(body: bytes) -> None:
    keeper = LeaseKeeper(StandIn(200, body))

    assert keeper.get("kn-mirror", LEASE) == Lease("kn-mirror", LEASE, {})


@given(
    st.dictionaries(texts, texts),
    st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_is_remembered_is_read_as_it_was_written(kept: dict[str, str], at: datetime) -> None:
    trial = Clustered()
    keeper = LeaseKeeper(DirectTransport(trial.store))
    memory = Memory(kept)
    memory.keep()

    Notebook.read(keeper, "kn-mirror").write(keeper, memory, now=at, looked=True, interval=0)
    read = Notebook.read(keeper, "kn-mirror")

    assert (read.looked_at, read.remembered) == (at, kept)


def test_however_much_stands_the_memory_of_it_fits_into_annotations() -> None:
    """Guards `_MOST`: a Lease that is refused would make every resync look at everything."""
    memory, of = Memory(), source()
    stands = Outcome(Action.CONFLICT, SOURCE, SOURCE, "", Code.NO_MIRROR)
    for number in range(20_000):
        target = SOURCE.in_namespace(f"{'n' * 50}-{number}")
        memory.note(Step(Op.CONFLICT, target, "", Code.NO_MIRROR), of, stands)
        memory.knows(metadata(target), "\N{GRINNING FACE}" * 80)
    trial = Clustered()
    keeper = LeaseKeeper(DirectTransport(trial.store))

    Notebook.read(keeper, "kn-mirror").write(keeper, memory, now=NOW, looked=True, interval=60)

    assert len(trial.memory[REMEMBERED]) > 100_000


def test_whoever_says_of_its_objects_that_they_are_mirrors_of_anybody_leaves_others_room() -> None:
    """M6: each of them was charged to the namespace that it named, and all room was taken."""
    memory, of = Memory(), source()
    for number in range(3000):
        ghost = Source.of(Ref(SECRET, f"ghost-{number}", "x" * 50), None)
        forged = Ref(SECRET, "aaa", f"forged-{number}")
        refused = Outcome(Action.FAILED, forged, ghost.ref, "", Code.NO_MIRROR)
        memory.note(Step(Op.DELETE, forged, "", Code.NO_MIRROR), ghost, refused)
    step = Step(Op.UPDATE, SOURCE.in_namespace("dev"), "", Code.EDITED)

    memory.note(step, of, Outcome(Action.FAILED, step.target, of.ref, "", Code.NO_MIRROR))

    again = Memory(memory.after)
    assert again.note(step, of, Outcome(Action.FAILED, step.target, of.ref, "", Code.NO_MIRROR))


@pytest.mark.parametrize("noted", ["-9 0", "1 -9", "1 96"])
def test_a_write_that_rests_for_what_no_resync_leaves_is_tried(noted: str) -> None:
    step, of = Step(Op.UPDATE, SOURCE.in_namespace("dev"), "", Code.EDITED), source()
    failed = Outcome(Action.FAILED, step.target, of.ref, "", Code.NO_MIRROR)
    memory = Memory()
    memory.note(step, of, failed)
    [(key, value)] = memory.after.items()
    spoilt = Memory({key: f"{value.rsplit(' ', 2)[0]} {noted}"})

    assert spoilt.recall(step, of) is None
    assert not spoilt.note(step, of, failed)


def test_why_a_source_could_not_be_met_is_known_at_the_next_tick_with_its_code() -> None:
    found, unmet = metadata(SOURCE), Reason("keys: it lacks 'ca.crt'", Code.MISSING_KEYS)
    memory = Memory()

    memory.note_unmet(found, unmet)

    assert Memory(memory.after).unmet(found) == unmet


@pytest.mark.parametrize("noted", ["", " KM999", " KM", " km703", " KM703 KM703"])
def test_a_source_is_read_anew_where_another_release_noted_why_it_could_not_be_met(
    noted: str,
) -> None:
    found = metadata(SOURCE)
    memory = Memory()
    memory.note_unmet(found, Reason("it lacks a key", Code.MISSING_KEYS))
    [(key, value)] = memory.after.items()

    assert Memory({key: value.replace(" KM703", noted)}).unmet(found) is None


@pytest.mark.parametrize("noted", ["", "soon", "-1", "6", "9" * 5000])
def test_a_source_is_given_its_label_where_what_is_noted_of_it_is_no_count(noted: str) -> None:
    found = metadata(SOURCE)
    memory = Memory()
    memory.gives_up(found)
    [key] = memory.after

    assert not Memory({key: noted}).gives_up(found)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (timedelta(), False),
        (timedelta(seconds=59), False),
        (timedelta(seconds=60), True),
        (timedelta(seconds=-1), True),
    ],
)
def test_everything_is_looked_at_when_its_time_has_come_or_cannot_be_true(
    since: timedelta, *, due: bool
) -> None:
    notebook = Notebook(Lease("kn-mirror", LEASE, {}), NOW - since, {})

    assert notebook.is_due(60, NOW) is due


def forget(trial: Clustered) -> None:
    delete(trial.store, MEMORY, {})


def spoil(trial: Clustered) -> None:
    trial.annotate_memory({LOOKED_AT: "soon", REMEMBERED: "[1,"})


def empty(trial: Clustered) -> None:
    trial.annotate_memory({LOOKED_AT: None, REMEMBERED: None})


@pytest.mark.parametrize("act", [forget, spoil, empty])
def test_a_memory_that_is_lost_is_made_anew_by_a_look_at_everything(
    act: Callable[[Clustered], Any],
) -> None:
    trial = Clustered()
    trial.resync()
    delete(trial.store, kinds.Ref(kinds.SECRET, "dev", "tls"), {})
    act(trial)

    told = [trial.told(trial.resync()) for _ in range(2)]

    assert trial.data("dev") == {"key": "bmV3"}
    assert told == [3, 0]
    assert len(json.loads(trial.memory[REMEMBERED])) == 3


def test_what_others_write_on_the_lease_stays() -> None:
    trial = Clustered()
    trial.resync()
    trial.annotate_memory({"example.com/theirs": "yes"})

    trial.resync()

    assert trial.memory["example.com/theirs"] == "yes"


def test_of_two_resyncs_at_once_one_leaves_its_memory_and_neither_fails() -> None:
    """Guards that `LeaseKeeper.renew` says which version it read."""
    trial = Clustered()
    trial.resync()
    transport, others = DirectTransport(trial.store), list[Report]()
    moments = iter(range(3))

    def overtake() -> None:
        if next(moments, None) == 1:
            others.append(trial.resync())
            trial.annotate_memory({REMEMBERED: '{"theirs": "as it was left"}'})

    transport.before = overtake
    report = trial.resync(transport)

    assert [report.must_retry, *(each.must_retry for each in others)] == [False, False]
    assert trial.memory[REMEMBERED] == '{"theirs": "as it was left"}'
