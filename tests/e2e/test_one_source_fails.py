"""Invariant 6: one source is the unit that may fail, whatever is raised, and wherever.

In one cluster every source needs something else; in each example one of them fails, in a request
that concerns it, or in a pure function of its row.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirroring import Mirroring, names
from mirroring.cluster.connections import Connection
from mirroring.objects.references import SECRET, Ref
from mirroring.reporting import audit
from mirroring.reporting.reports import Action, Decision, Report
from mirroring.serving.receiving import Handler, Receiver
from mirroring.settings import Settings
from sandbox import kinds
from sandbox.deletions import delete
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.cloud_events import PING
from tests.faults import (
    HUSH,
    LASTING,
    MOVED,
    REFUSED,
    UNEXPECTED,
    Fault,
    FaultyTransport,
    PureFunction,
    pure_functions,
)
from tests.stand_ins import OneByOne
from tests.trials import DirectTransport

TARGETS: Final = ("dev", "stage")
OLD, NEW, THEIRS = {"key": "b2xk"}, {"key": "bmV3"}, {"key": "dGhlaXJz"}
AUTO: Final = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
MERGE: Final = "application/merge-patch+json"

# What the mirrors of each source hold when all is done.
ROWS: Final[dict[str, dict[str, str] | None]] = {
    "x-new": NEW,
    "x-renewed": NEW,
    "x-relabelled": OLD,
    "x-withdrawn": None,
    "x-gone": None,
    "x-edited": OLD,
    "x-copying": NEW,
    "x-pulled": NEW,
    "x-chained": NEW,
    "x-foreign": THEIRS,
    "x-mistaken": None,
    "x-right": OLD,
}
_LATER: Final = ("x-new", "x-chained", "x-foreign", "x-mistaken")
SOURCES: Final = ROWS.keys() - {"x-withdrawn", "x-gone", "x-chained"}
MANY: Final = 10**9
# What the event of a pull mirror is about is the pull mirror itself.
PLACES: Final[dict[str, tuple[str, ...]]] = {"x-chained": ("prod",)}
FUNCTIONS: Final = sorted(pure_functions(), key=repr)
Event = Callable[[Mirroring], None]


def annotations_of(name: str) -> dict[str, str]:
    """Of a source; each names the source, so that what sees them alone is known to concern it."""
    by_name = {names.AUTO_NAMESPACES: f"dev,stag[e],{name}"}
    by_label = {names.ALLOWED_NAMESPACES_SELECTOR: f"!example.com/{name}"}
    match name:
        case "x-pulled":
            return {names.ALLOWED: "true", **by_label}
        case "x-copying":
            return {**AUTO, **by_name, names.COPY_LABELS: "team", names.KEYS: "key"}
        case "x-mistaken":
            return {**AUTO, **by_name, names.KEYS: f"{name}="}
        case "x-chained":
            return {names.REFLECTS: "prod/x-pulled"}
    return {**AUTO, **by_name, **by_label}


class Sink:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.reports: list[Report] = []

    def tell(self, report: Report) -> None:
        """Remember it."""
        self.reports.append(report)


class Cluster:
    """A cluster in which every source needs something else."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.user = Registry(store, "user")

    def fill(self) -> None:
        """Let everything be as it has to be, and change everything then."""
        for name in ("kn-mirror", "prod", *TARGETS):
            self.user.create(kinds.NAMESPACE, "", {"metadata": {"name": name}})
        for name in ROWS.keys() - {*_LATER}:
            self.make("prod", name, annotations_of(name), OLD)
        for namespace in TARGETS:
            for name in ("x-pulled", "x-chained"):
                self.make(namespace, name, {names.REFLECTS: f"prod/{name}"}, OLD)
        self.handle(Mirroring.resync)
        self._change_everything()

    def _change_everything(self) -> None:
        for name in ("x-renewed", "x-copying", "x-pulled"):
            self.patch("prod", name, {"data": NEW, "metadata": {"labels": {"team": "shop"}}})
        self.patch("prod", "x-relabelled", {"metadata": {"labels": {"team": "shop"}}})
        self.patch("prod", "x-withdrawn", {"metadata": {"annotations": {names.ALLOWED: "no"}}})
        delete(self.store, kinds.Ref(kinds.SECRET, "prod", "x-gone"), {})
        for namespace in TARGETS:
            self.patch(namespace, "x-edited", {"data": {"key": "ZWRpdGVk"}})
            self.make(namespace, "x-foreign", {}, THEIRS)
        for name in _LATER:
            self.make("prod", name, annotations_of(name), NEW)
        self._label_sources()

    def make(self, namespace: str, name: str, annotations: Any, data: Any) -> None:
        metadata = {"name": name, "annotations": annotations}
        self.user.create(kinds.SECRET, namespace, {"metadata": metadata, "data": data})

    def patch(self, namespace: str, name: str, change: Any) -> None:
        self.user.patch(kinds.Ref(kinds.SECRET, namespace, name), change, MERGE)

    def _label_sources(self) -> None:
        """Label what is new, as the API server does where it is told to."""
        for name in _LATER:
            role = "pull-mirror" if name == "x-chained" else "source"
            self.patch("prod", name, {"metadata": {"labels": {names.ROLE: role}}})

    def handle(self, event: Event, fault: Fault | None = None) -> Report:
        """Handle an event as a function does, and return what is told of it."""
        sink = Sink()
        transport = FaultyTransport(self.store, fault) if fault else DirectTransport(self.store)
        receiver = Receiver(
            Handler("on-test", lambda _event, mirroring: event(mirroring), (), gathers=False),
            lambda: Connection(transport, OneByOne()),
            Settings(full_resync_interval=0),
            [sink],
        )
        receiver.receive(PING.headers, PING.body)
        [report] = sink.reports
        return report

    def wrong(self, *namespaces: str) -> set[str]:
        """Name the sources whose mirrors are not as they have to be, or whose label is left."""
        wrong = {
            name
            for name, wanted in ROWS.items()
            if any(self._data(namespace, name) != wanted for namespace in namespaces)
        }
        return wrong | ({"x-withdrawn"} & self.labelled if namespaces == TARGETS else set())

    def _data(self, namespace: str, name: str) -> dict[str, str] | None:
        found = self.store.get(kinds.Ref(kinds.SECRET, namespace, name))
        return found and found["data"]

    def source_of(self, namespace: str, name: str) -> str | None:
        """Return the source that a mirror names."""
        found = self.store.get(kinds.Ref(kinds.SECRET, namespace, name))
        return str(found["metadata"]["annotations"][names.REFLECTS]) if found else None

    @property
    def labelled(self) -> set[str]:
        """The sources that have the label by which they are found."""
        return {
            ref.name
            for ref, body in self.store.all(kinds.SECRET)
            if body["metadata"].get("labels", {}).get(names.ROLE) == names.ROLE_SOURCE
        }


def reconcile_namespace(_about: str) -> Event:
    """The event of a namespace, for whose sources the API server has seen to labels."""
    return lambda mirroring: mirroring.reconcile_namespace("dev")


def reconcile_source(about: str) -> Event:
    return lambda mirroring: mirroring.reconcile(Ref(SECRET, "prod", about))


def resync(_about: str) -> Event:
    return Mirroring.resync


rows = st.sampled_from(sorted(ROWS))
errors = st.sampled_from([*UNEXPECTED, *REFUSED])
of_requests = st.builds(Fault, rows, errors, st.integers(1, 8), st.booleans())
of_functions = st.builds(Fault, rows, st.sampled_from(UNEXPECTED), st.integers(1, 5), st.booleans())


@pytest.fixture(scope="module")
def store() -> Store:
    """What every example begins with."""
    cluster = Cluster(Store())
    cluster.fill()
    return cluster.store


in_one_of_many = pytest.mark.parametrize(
    ("event", "seen"), [(resync, TARGETS), (reconcile_namespace, ("dev",))]
)


@in_one_of_many
@given(fault=of_requests)
def test_a_request_that_fails_harms_no_other_source_and_is_told(
    store: Store, event: Callable[[str], Event], seen: tuple[str, ...], fault: Fault
) -> None:
    cluster = Cluster(store.copy())

    report = cluster.handle(event(fault.about), fault)

    check(cluster, fault, report, seen)


@in_one_of_many
@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
@settings(max_examples=4)
@given(fault=of_functions)
def test_a_function_that_fails_harms_no_other_source_and_is_told(
    store: Store,
    event: Callable[[str], Event],
    seen: tuple[str, ...],
    function: PureFunction,
    fault: Fault,
) -> None:
    cluster = Cluster(store.copy())

    with function.failing(fault):
        report = cluster.handle(event(fault.about))

    check(cluster, fault, report, seen)


@given(fault=of_requests)
def test_a_request_that_fails_in_the_sources_own_event_is_told(store: Store, fault: Fault) -> None:
    cluster = Cluster(store.copy())

    report = cluster.handle(reconcile_source(fault.about), fault)

    check(cluster, fault, report, PLACES.get(fault.about, TARGETS), alone=True)


@settings(max_examples=200)
@given(st.sampled_from(FUNCTIONS), of_functions)
def test_a_function_that_fails_in_the_sources_own_event_is_told(
    store: Store, function: PureFunction, fault: Fault
) -> None:
    cluster = Cluster(store.copy())

    with function.failing(fault):
        report = cluster.handle(reconcile_source(fault.about))

    check(cluster, fault, report, PLACES.get(fault.about, TARGETS), alone=True)


def check(
    cluster: Cluster,
    fault: Fault,
    report: Report,
    seen: tuple[str, ...],
    *,
    alone: bool = False,
) -> None:
    """Hold an event in which a source failed, and the tick after it, to what is promised.

    Args:
        cluster: as it is after the event.
        fault: what failed.
        report: what was told of the event.
        seen: the namespaces that the event was about.
        alone: whether it was about that one source alone.
    """
    wrong = cluster.wrong(*seen)
    if alone:
        wrong &= {fault.about}
    assert wrong <= row_of(fault.about)
    assert not wrong or is_told(report, fault)
    assert HUSH not in json.dumps([*audit.lines(report)])

    second = cluster.handle(Mirroring.resync)

    assert cluster.wrong(*TARGETS) == set()
    assert cluster.labelled == SOURCES
    assert not second.must_retry


def test_the_functions_that_fail_are_those_that_a_row_calls(store: Store) -> None:
    cluster = Cluster(store.copy())
    never = {each: Fault("x-", KeyError(), nth=MANY, lasting=False) for each in FUNCTIONS}

    with ExitStack() as stack:
        for function, fault in never.items():
            stack.enter_context(function.failing(fault))
        cluster.handle(Mirroring.resync)

    assert sum(fault.moments > 0 for fault in never.values()) >= 100


def row_of(about: str) -> set[str]:
    """Name what is of one row: what is pulled by way of a pull mirror is of that one's source."""
    chain = {"x-pulled", "x-chained"}
    return chain if about in chain else {about}


def is_told(report: Report, fault: Fault) -> bool:
    """Whether a source's failure is told, and the event comes again where that may help."""
    if isinstance(fault.error, MOVED):
        return True
    failed = [each for each in report.outcomes if each.action is Action.FAILED]
    concerned = {name for each in failed for name in (each.target.name, each.source.name)}
    told = concerned & row_of(fault.about)
    comes_again = report.must_retry or isinstance(fault.error, LASTING)
    return comes_again and (bool(told) or report.decision is Decision.FAILED)


def test_of_two_sources_that_want_the_same_place_one_may_fail(store: Store) -> None:
    """Guards `Mirroring._wants`."""
    cluster = Cluster(store.copy())
    accepting = {"metadata": {"annotations": {names.ACCEPT: "prod/*"}}}
    cluster.user.patch(kinds.Ref(kinds.NAMESPACE, "", "dev"), accepting, MERGE)
    wanted = {**AUTO, names.NAME: "shared", names.AUTO_NAMESPACES: "dev"}
    for name in ("y-one", "y-two"):
        cluster.make("prod", name, wanted, NEW)
        cluster.patch("prod", name, {"metadata": {"labels": {names.ROLE: names.ROLE_SOURCE}}})
    function = next(each for each in FUNCTIONS if each.name.endswith(".is_source"))

    with function.failing(fault := Fault("y-one", KeyError(HUSH), nth=1, lasting=True)):
        report = cluster.handle(lambda mirroring: mirroring.reconcile(Ref(SECRET, "dev", "shared")))

    assert is_told(report, fault)
    assert cluster.source_of("dev", "shared") == "prod/y-two"


def test_what_cannot_be_told_as_an_event_of_kubernetes_fails_nothing(store: Store) -> None:
    """Guards `Exception` in `KubernetesEvents.tell`."""
    cluster = Cluster(store.copy())

    # The source is read for the event, and then for what is told of a conflict.
    fault = Fault("x-foreign", KeyError(HUSH), nth=2, lasting=True)
    report = cluster.handle(reconcile_source("x-foreign"), fault)

    assert fault.has_come
    assert report.counts()[Action.CONFLICT] == len(TARGETS)
    assert report.decision is Decision.RECONCILED
    assert not report.must_retry
