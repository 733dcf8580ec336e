"""Whatever a tenant has in the cluster costs everybody else nothing that they notice."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import Mirroring, names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.kubeconfigs import from_kubeconfig
from mirroring.cluster.requests import METADATA_LIST
from mirroring.cluster.transports import HttpTransport
from mirroring.codes import Code
from mirroring.errors import TooLarge
from mirroring.objects.references import KINDS, SECRET, Ref
from mirroring.planning.steps import Op, Step
from mirroring.reconciling.memory import Memory
from mirroring.reporting.kubernetes_events import KubernetesEvents, notices
from mirroring.reporting.reports import Action, Outcome, Report
from mirroring.settings import Settings
from sandbox import kinds
from sandbox.deletions import delete
from tests.stand_ins import OneByOne
from tests.strategies import World
from tests.trials import DATA, DirectTransport, Trial
from tests.unit.examples import SOURCE, metadata, source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.servers import Server

MIB: Final = 1024 * 1024
AUTO: Final = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
LONG_NAMESPACE: Final = "a" * 50 + "-b"
FAULTS: Final = {
    "a pattern": {names.AUTO_NAMESPACES: "(,"},
    "a slow pattern": {names.AUTO_NAMESPACES: "(a|aa)+$"},
    "a selector": {names.ALLOWED_NAMESPACES_SELECTOR: "!!"},
    "a name": {names.NAME: "X!"},
    "keys": {names.KEYS: "a b"},
    "keys that it lacks": {names.KEYS: "nokey"},
    "what is copied": {names.COPY_LABELS: names.NAME},
    "neither true nor false": {names.REPAIR: "no"},
}


@pytest.fixture(params=["Secret", "ConfigMap"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Watched(DirectTransport):
    """A transport that notes what it was asked, and what memory its user held at most."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.store)
        self.asked: list[str] = []
        self.peak = 0

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Answer; what the sandbox needs for that does not count."""
        self.asked.append(f"{method} {path}")
        self.look()
        try:
            return super().request(method, path, **options)
        except TooLarge as error:
            raise error.with_traceback(None) from None
        finally:
            tracemalloc.reset_peak()

    def look(self) -> None:
        """See what was held at most since the last request."""
        if tracemalloc.is_tracing():
            self.peak = max(self.peak, tracemalloc.get_traced_memory()[1])


class Hostile(Trial):
    """A cluster in which a tenant has namespace `theirs`, and the platform a source."""

    def __init__(self, kind: str) -> None:
        super().__init__(World())
        self.kind, self.of = KINDS[kind], kinds.SECRET if kind == "Secret" else kinds.CONFIG_MAP
        for name in ("theirs", "kn-mirror", LONG_NAMESPACE):
            self.as_user.create(kinds.NAMESPACE, "", {"metadata": {"name": name}})

    def make(
        self, namespace: str, name: str, annotations: dict[str, str], data: Any = None
    ) -> None:
        """Make an object as its namespace's tenant."""
        made = {"metadata": {"name": name, "annotations": annotations}, "data": data or DATA}
        self.as_user.create(self.of, namespace, made)

    def event(
        self, what: Callable[[Mirroring], None], *, interval: int = 3600
    ) -> tuple[Report, list[str]]:
        """Handle one event; return what came of it and what was asked."""
        transport, report = Watched(self), Report()
        cluster = Cluster(Connection(transport, OneByOne()))
        what(Mirroring(cluster, report, full_resync_interval=interval))
        KubernetesEvents(cluster.reader, cluster.writer).tell(report)
        return report, transport.asked

    def held(self, what: Callable[[Mirroring], None]) -> int:
        """Handle one event; return how many bytes were held for it at most."""
        transport = Watched(self)
        cluster = Cluster(Connection(transport, OneByOne()))
        tracemalloc.start()
        try:
            what(Mirroring(cluster, Report()))
            transport.look()
        finally:
            tracemalloc.stop()
        return transport.peak

    def about(self, namespace: str, name: str) -> Callable[[Mirroring], None]:
        """An event about an object."""
        return lambda mirroring: mirroring.reconcile(Ref(self.kind, namespace, name))


def about_namespace(name: str) -> Callable[[Mirroring], None]:
    return lambda mirroring: mirroring.reconcile_namespace(name)


def chain(kind: str, links: int) -> Hostile:
    """A cluster with a chain of pull mirrors, the last of which names the platform's source."""
    trial = Hostile(kind)
    trial.make("prod", "wild", AUTO)
    for number in range(links):
        following = f"theirs/c{number + 1}" if number < links - 1 else "prod/wild"
        trial.make("theirs", f"c{number}", {names.REFLECTS: following})
    return trial


def test_a_chain_of_pull_mirrors_ends_after_eight_links(kind: str) -> None:
    """F2. Guards `MOST_LINKS`: each link was a request, and each mirror on the way looked on."""
    of_some, of_many = (
        chain(kind, links).event(Hostile(kind).about("theirs", "c0")) for links in (20, 200)
    )

    assert len(of_some[1]) == len(of_many[1]) < 20
    (refused,) = of_many[0].outcomes
    assert refused.action is Action.REFUSED
    assert "more than 8 mirrors of mirrors" in refused.because


def test_pull_mirrors_of_eight_links_are_filled_and_those_beyond_are_told(kind: str) -> None:
    """F2."""
    trial = chain(kind, 10)

    report, _ = trial.event(Mirroring.resync)

    filled = [each.target.name for each in report.outcomes if each.action is Action.UPDATED]
    refused = [each.target.name for each in report.outcomes if each.action is Action.REFUSED]
    assert sorted(filled) == [f"c{number}" for number in range(2, 10)]
    assert sorted(refused) == ["c0", "c1"]


def test_a_chain_costs_everybody_elses_renewal_no_request(kind: str) -> None:
    """F2."""
    trials = [Hostile(kind), chain(kind, 100)]
    for trial in trials:
        trial.make("prod", "other", AUTO)
        trial.event(trial.about("prod", "other"))

    asked = [trial.event(trial.about("prod", "other"))[1] for trial in trials]

    assert len(asked[0]) == len(asked[1])


@pytest.mark.parametrize("annotations", [{}, {names.REFLECTS: "prod/none"}, AUTO], ids=str)
def test_annotations_in_bulk_are_not_held_at_once(kind: str, annotations: dict[str, str]) -> None:
    """F3. Guards `PAGE_BYTES`, what a namespace's event keeps, and `abridged`."""
    trial, without = Hostile(kind), Hostile(kind)
    long = {**annotations, names.AUTO_NAMESPACES: "none", "a.b/c": "x" * 255 * 1024}
    for number in range(64):
        trial.make("theirs", f"c{number}", long)
    events = [Mirroring.resync, about_namespace("theirs"), trial.about("prod", "tls")]

    held = [trial.held(event) - without.held(event) for event in events]

    # All of it is 16 MiB.
    assert max(held) < 8 * MIB


def test_of_an_answer_no_more_is_held_than_was_asked_for_however_it_is_packed(
    workbench: Workbench, server: Server
) -> None:
    """F3. Guards `_read` of transports: packed, the answer is a few KiB."""
    workbench.namespace("theirs")
    for number in range(8):
        workbench.config_map("theirs", f"c{number}", {}, annotations={"a.b/c": "x" * 200 * 1024})
    transport = HttpTransport(from_kubeconfig(server.kubeconfig), Settings())
    path = "/api/v1/namespaces/theirs/configmaps"
    packed = {"Accept": METADATA_LIST, "Accept-Encoding": "gzip"}

    with pytest.raises(TooLarge):
        transport.request("GET", path, headers=packed, most=MIB)
    status, body = transport.request("GET", path, headers=packed, most=4 * MIB)

    assert status == 200
    assert len(body) > 8 * 200 * 1024


def test_of_a_large_object_nothing_is_lost_when_it_is_written(kind: str) -> None:
    """F3. Guards `_seen_whole`: labels and annotations are replaced whole."""
    trial = Hostile(kind)
    trial.make("prod", "wild", AUTO)
    words = {f"example.com/{number}": "x" * 1000 for number in range(200)}
    trial.make("theirs", "pulled", {names.REFLECTS: "prod/wild", **words})

    trial.event(Mirroring.resync)

    found = trial.store.get(kinds.Ref(trial.of, "theirs", "pulled")) or {}
    assert found["metadata"]["annotations"].items() >= words.items()
    assert found["metadata"]["annotations"][names.REFLECTED_VERSION]


def test_contents_are_held_a_few_at_a_time_however_many_a_namespace_gets(kind: str) -> None:
    """F15. Guards `_AT_A_TIME` for a namespace's event, too."""

    def held(number: int) -> int:
        trial = Hostile(kind)
        for each in range(number):
            trial.make("theirs", f"large-{each}", AUTO, {"key": "QUJD" * (100 * 1024)})
        return trial.held(about_namespace("dev"))

    some, many = held(10), held(40)

    assert many < some * 1.3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_nothing_once_it_was_told(kind: str, fault: str) -> None:
    """F18. Of one version of an object it is told once, and by what has to do with it."""
    trial = Hostile(kind)
    for number in range(20):
        trial.make("theirs", f"s{number}", {**AUTO, **FAULTS[fault]})
    told, _ = trial.event(Mirroring.resync)
    trial.event(Mirroring.resync)

    _, asked = trial.event(Mirroring.resync)

    assert sum(each.action is Action.FAILED for each in told.outcomes) >= 20
    assert len(asked) == 5


def test_a_namespaces_event_tells_of_no_fault_that_is_not_its_own(kind: str) -> None:
    """F18."""
    trials = [Hostile(kind), Hostile(kind)]
    for number in range(20):
        trials[0].make("theirs", f"s{number}", {**AUTO, names.AUTO_NAMESPACES: "("})
    for trial in trials:
        trial.event(Mirroring.resync)

    asked = [trial.event(about_namespace("dev"))[1] for trial in trials]

    assert len(asked[0]) == len(asked[1])


def test_what_there_is_no_room_to_remember_is_not_told_by_every_tick() -> None:
    """F18. Guards what `knows` says where nothing fits any more."""
    found = [metadata(Ref(SECRET, f"theirs-{number}", "n" * 100)) for number in range(5000)]
    memory = Memory()
    told = [not memory.knows(each, "wrong") for each in found]

    again = Memory(memory.after)

    assert 0 < sum(told) < len(found)
    assert all(again.knows(each, "wrong") for each in found)


MISSPELT: Final = {f"{names.REFLECTOR}reflection-alowed": "true"}
# Kinds of what a tenant may have many of, of which each is something to tell its owner.
CROWDS: Final = {
    "misspelt": MISSPELT,
    "sources": {**AUTO, names.AUTO_NAMESPACES: "("},
    "in conflict": {**AUTO, names.AUTO_NAMESPACES: "taken"},
    "refused": {names.REFLECTS: "prod/none"},
    "in a circle": {names.REFLECTS: "theirs/{name}"},
}


def crowd(kind: str, number: int, annotations: dict[str, str], *, ending: str = "") -> Hostile:
    """A cluster in which a tenant has many objects with something to tell each."""
    trial = Hostile(kind)
    for name in ("taken", "zz-others"):
        trial.as_user.create(kinds.NAMESPACE, "", {"metadata": {"name": name}})
    for each in range(number):
        name = f"c{each:03}{ending}"
        written = {key: value.replace("{name}", name) for key, value in annotations.items()}
        trial.make("theirs", name, written)
        trial.make("taken", name, {})
    return trial


def told(report: Report, namespace: str) -> set[str]:
    """Name the objects of a namespace whose owner is told something, and not again."""
    return {
        notice.regarding.name
        for notice in notices(report.outcomes)
        if notice.regarding.namespace == namespace
    }


@pytest.mark.parametrize("what", CROWDS)
def test_what_a_tick_tells_does_not_grow_with_what_one_tenant_has(kind: str, what: str) -> None:
    """Guards `_MOST_TOLD`: each is a read and an Event, which would be everybody's tick."""
    of_few, of_many = (crowd(kind, number, CROWDS[what]) for number in (20, 300))

    reports = [trial.event(Mirroring.resync)[0] for trial in (of_few, of_many)]

    assert [len(told(report, "theirs")) for report in reports] == [16, 16]


@pytest.mark.parametrize("what", CROWDS)
def test_owners_in_other_namespaces_are_told_whatever_one_tenant_has(kind: str, what: str) -> None:
    """Guards `_OF_ONE` and `_MOST_TOLD`: nobody's objects take what is for others."""
    # To remember each would take more than there is.
    long = "n" * 230
    trial = crowd(kind, 550, CROWDS[what], ending=long)
    trial.make("zz-others", f"mine{long}", MISSPELT)
    trial.make("zz-others", f"broken{long}", {**AUTO, names.AUTO_NAMESPACES: "("})

    reports = [trial.event(Mirroring.resync)[0] for _ in range(2)]

    assert [told(report, "zz-others") for report in reports] == [
        {f"mine{long}", f"broken{long}"},
        set(),
    ]


def test_nine_hundred_misspelt_objects_cost_a_look_at_everything_a_few_calls(kind: str) -> None:
    """Guards `_MOST_TOLD`, in the figures of a tenant's whole quota."""
    without, trial = Hostile(kind), Hostile(kind)
    for number in range(900):
        trial.make("theirs", f"c{number}", MISSPELT)

    asked = [
        [len(each.event(Mirroring.resync, interval=interval)[1]) for interval in (3600, 3600, 0)]
        for each in (without, trial)
    ]

    # Sixteen objects are read and told once; and there is another page of them.
    more = [many - few for many, few in zip(*reversed(asked), strict=True)]
    assert more[0] <= 2 * 16 + 8
    assert max(more[1:]) <= 8


def test_when_some_are_corrected_others_are_told(kind: str) -> None:
    """Guards that there is room again in `Memory`."""
    trial = crowd(kind, 40, MISSPELT)
    first = told(trial.event(Mirroring.resync)[0], "theirs")
    for name in first:
        delete(trial.store, kinds.Ref(trial.of, "theirs", name), {})

    second = told(trial.event(Mirroring.resync, interval=0)[0], "theirs")

    assert len(second) == 16
    assert first.isdisjoint(second)


@pytest.mark.parametrize("what", ["in conflict", "refused"])
def test_what_came_of_wishes_is_told_by_one_look_after_the_other(kind: str, what: str) -> None:
    """Guards `_UNTOLD`: what one leaves untold is not known, though it is remembered."""
    trial = crowd(kind, 40, CROWDS[what])

    looks = [told(trial.event(Mirroring.resync, interval=0)[0], "theirs") for _ in range(4)]

    assert [len(each) for each in looks] == [16, 16, 8, 0]
    assert len(set[str]().union(*looks)) == 40


def test_a_conflict_in_every_namespace_leaves_others_room_to_remember() -> None:
    """Guards `_OF_ONE`."""
    memory, of = Memory(), source()
    stands = Outcome(Action.CONFLICT, SOURCE, SOURCE, "", Code.NO_MIRROR)
    for number in range(5000):
        target = SOURCE.in_namespace(f"team-{number}")
        memory.note(Step(Op.CONFLICT, target, "", Code.NO_MIRROR), of, stands)

    assert not memory.knows(metadata(Ref(SECRET, "others", "tls")), "wrong")
    assert Memory(memory.after).knows(metadata(Ref(SECRET, "others", "tls")), "wrong")
