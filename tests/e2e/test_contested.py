"""Invariant 10: everything comes to rest, whoever else writes mirrors, and whatever alters them.

A mirror that is put right again and again and never stays so is left alone, and its owner is told.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.reconciling.clocks import Clock
from mirroring.reporting.reports import Action
from tests.e2e.invariants import EVERYWHERE
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import path_of
from tests.lab.waiting import eventually
from tests.policies import altered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

KINDS = ("Secret", "ConfigMap")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
TO_APPS = EVERYWHERE | {names.AUTO_NAMESPACES: "app-.*"}
COPYING = TO_APPS | {names.COPY_LABELS: "team", names.COPY_ANNOTATIONS: "contact"}
EDITS: dict[str, dict[str, Any]] = {
    "a value": {"data": {"key": "dHdv"}},
    "a key more": {"data": {"more": "dHdv"}},
    "a key less": {"data": {"key": None}},
    "immutable": {"immutable": True},
    "our label": {"metadata": {"labels": {names.SOURCE: "another"}}},
    "no labels": {"metadata": {"labels": None}},
    "our annotation": {"metadata": {"annotations": {names.CONTENT_HASH: "0-0"}}},
    "no annotation of ours": {"metadata": {"annotations": {names.CONTENT_HASH: None}}},
    "an older state": {
        "data": {"key": "b2xk"},
        "metadata": {"annotations": {names.CONTENT_HASH: "0-0", names.REFLECTED_VERSION: "1"}},
    },
    "a copied label": {"metadata": {"labels": {"team": "theirs"}}},
    "no copied annotation": {"metadata": {"annotations": {"contact": None}}},
}
_LABELLED = "has(object.metadata.labels)"
_OURS = "/metadata/labels/app.kubernetes.io~1managed-by"
# By CEL; each is asked of other objects, too.
ALTERATIONS = {
    "adds a key": (
        "has(object.data) ? [JSONPatch{op: 'add', path: '/data/more', value: 'eA=='}] : []"
    ),
    "changes a value": (
        "has(object.data) && 'key' in object.data"
        " ? [JSONPatch{op: 'add', path: '/data/key', value: 'eA=='}] : []"
    ),
    "adds a label": (
        f"{_LABELLED} ? [JSONPatch{{op: 'add', path: '/metadata/labels/more', value: 'x'}}] : []"
    ),
    "changes our label": (
        f"{_LABELLED} ? [JSONPatch{{op: 'add', path: '{_OURS}', value: 'theirs'}}] : []"
    ),
    "takes our label off": (
        f"{_LABELLED} && 'kn-mirror.dev/role' in object.metadata.labels"
        " ? [JSONPatch{op: 'remove', path: '/metadata/labels/kn-mirror.dev~1role'}] : []"
    ),
    "changes a copied label": (
        f"{_LABELLED} ? [JSONPatch{{op: 'add', path: '/metadata/labels/team', value: 'x'}}] : []"
    ),
    "takes our annotations off": (
        "has(object.metadata.annotations) ? object.metadata.annotations"
        ".filter(name, name.startsWith('kn-mirror.dev/')).map(name, JSONPatch{op: 'remove',"
        " path: '/metadata/annotations/' + name.replace('/', '~1')}) : []"
    ),
    "makes it immutable": "[JSONPatch{op: 'add', path: '/immutable', value: true}]",
}


@dataclass
class Insistent:
    """A controller that puts its own state back, whoever changes it."""

    workbench: Workbench
    kind: str
    change: dict[str, Any]
    manager: str = "their-operator"

    def insist(self) -> bool:
        """Write, as a controller that has seen a change does; tell whether it was any."""
        before = self.workbench.get(self.kind, "app-0", "tls")
        assert before
        path = f"{path_of(self.kind, 'app-0', 'tls')}?fieldManager={self.manager}"
        answer = self.workbench.api.request("PATCH", path, self.change, content_type=MERGE_PATCH)
        assert answer, answer.body
        return (
            bool(before)
            and before["metadata"]["resourceVersion"]
            != (answer.body["metadata"]["resourceVersion"])
        )


@pytest.fixture(autouse=True)
def fought_over(workbench: Workbench, handler: Handler, apps: list[str]) -> None:
    """Let the time stand still, and a tick look at everything once."""
    workbench.namespace("kn-mirror")
    for name in apps:
        workbench.annotate("Namespace", "", name, {names.ACCEPT: "prod/tls"})
    handler.full_resync_interval = 3600
    at(handler, NOW)


def at(handler: Handler, when: datetime) -> None:
    """Let events come at a time."""
    handler.clock = Clock(at=when)


def write_source(workbench: Workbench, kind: str) -> None:
    write = workbench.secret if kind == "Secret" else workbench.config_map
    write(
        "prod",
        "tls",
        {"key": "one"},
        annotations=COPYING | {"contact": "shop"},
        labels={"team": "shop"},
    )


def renew(workbench: Workbench, kind: str) -> None:
    workbench.patch(kind, "prod", "tls", {"data": {"key": "bmV3"}})


def fight(handler: Handler, other: Insistent, *, rounds: int = 20) -> int:
    """Let both answer each other's writes; return how often kn-mirror wrote."""
    written = 0
    for _ in range(rounds):
        if not other.insist():
            return written
        # Not every edit shows on the mirror alone.
        for report in (handler.reconcile("app-0", "tls", other.kind), handler.resync()):
            written += report.counts()[Action.UPDATED]
    return written


def told(workbench: Workbench) -> list[str]:
    """The Events of conflicts."""
    events = workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
    return [each["message"] for each in events if each["reason"] == "MirrorConflict"]


def others(workbench: Workbench, kind: str) -> list[dict[str, bytes] | None]:
    return [workbench.data(f"app-{number}", "tls", kind) for number in range(1, 5)]


@contextmanager
def insisting(other: Insistent) -> Iterator[None]:
    """Let a controller write whenever its state is not what is there."""
    ended = Event()

    def run() -> None:
        while not ended.is_set():
            other.insist()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def until_told(handler: Handler, kind: str) -> list[Report]:
    """Answer events of the mirror until it is left alone."""
    reports: list[Report] = []
    while not reports or not reports[-1].counts()[Action.CONFLICT]:
        reports.append(handler.reconcile("app-0", "tls", kind))
    return reports


def follow(workbench: Workbench, handler: Handler, kind: str) -> list[Report]:
    """Deliver an event of the mirror for each time that it was written."""
    reports: list[Report] = []
    version = ""
    for _ in range(30):
        found = workbench.get(kind, "app-0", "tls")
        if found is None or found["metadata"]["resourceVersion"] == version:
            return reports
        version = found["metadata"]["resourceVersion"]
        reports.append(handler.reconcile("app-0", "tls", kind))
    raise AssertionError("kn-mirror answers its own writes for ever")


both_kinds = pytest.mark.parametrize("kind", KINDS)


@both_kinds
@pytest.mark.parametrize("edit", EDITS)
def test_an_insistent_controller_is_left_its_way_and_named_once(
    workbench: Workbench, handler: Handler, kind: str, edit: str
) -> None:
    """Guards `repairs.contested` in `plans.judge`."""
    write_source(workbench, kind)
    handler.resync()

    written = fight(handler, Insistent(workbench, kind, EDITS[edit]))
    ticks = [handler.resync() for _ in range(2)]

    assert written == 5
    [message] = told(workbench)
    assert message.startswith(f"{kind} app-0/tls does not stay as it was put right: ")
    assert [tick.counts()[Action.UPDATED] for tick in ticks] == [0, 0]
    assert others(workbench, kind) == [{"key": b"one"}] * 4


@both_kinds
@pytest.mark.parametrize("edit", ["a value", "a key more", "immutable", "our label"])
def test_who_insists_is_named(workbench: Workbench, handler: Handler, kind: str, edit: str) -> None:
    """Guards `foreign_manager` and `marker` in what is told."""
    write_source(workbench, kind)
    handler.resync()

    fight(handler, Insistent(workbench, kind, EDITS[edit]))

    [message] = told(workbench)
    assert ": their-operator changes it." in message


@both_kinds
@pytest.mark.parametrize("edit", ["a value", "our label", "a copied label"])
def test_a_contest_that_stands_costs_a_tick_nothing(
    workbench: Workbench, handler: Handler, kind: str, edit: str
) -> None:
    write_source(workbench, kind)
    handler.resync()
    fight(handler, Insistent(workbench, kind, EDITS[edit]))
    handler.resync()

    with handler.requests() as asked:
        report = handler.resync()

    assert len(asked) == 5
    assert report.counts()[Action.CONFLICT] == 1


@both_kinds
def test_a_contested_mirror_gets_what_its_source_changes_to(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `asked` in what is noted."""
    write_source(workbench, kind)
    handler.resync()
    fight(handler, Insistent(workbench, kind, EDITS["a value"]))
    renew(workbench, kind)

    report = handler.reconcile("prod", "tls", kind)

    assert report.counts()[Action.UPDATED] == 5
    assert (workbench.data("app-0", "tls", kind) or {}).keys() == {"key"}
    assert workbench.data("app-0", "tls", kind) == workbench.data("app-1", "tls", kind)


@both_kinds
def test_labels_of_the_source_alone_begin_no_new_fight(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write_source(workbench, kind)
    handler.resync()
    other = Insistent(workbench, kind, EDITS["a value"])
    fight(handler, other)
    workbench.patch(kind, "prod", "tls", {"metadata": {"labels": {"release": "2"}}})

    report = handler.reconcile("prod", "tls", kind)

    assert report.counts()[Action.UPDATED] == 0
    assert report.counts()[Action.CONFLICT] == 1


def test_a_day_later_it_is_tried_once_more(workbench: Workbench, handler: Handler) -> None:
    """Guards `_LEFT`, and that what was contested begins with fewer tries."""
    write_source(workbench, "Secret")
    handler.resync()
    other = Insistent(workbench, "Secret", EDITS["a value"])
    fight(handler, other)

    at(handler, NOW + timedelta(hours=23))
    too_early = handler.resync()
    at(handler, NOW + timedelta(hours=24))
    tried = handler.resync()
    put_right = workbench.data("app-0", "tls")
    written = fight(handler, other)

    assert too_early.counts()[Action.UPDATED] == 0
    assert tried.counts()[Action.UPDATED] == 1
    assert put_right == {"key": b"one"}
    assert written == 1


def test_edits_that_come_now_and_then_are_undone_for_ever(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `_NEAR`."""
    write_source(workbench, "Secret")
    handler.resync()
    other = Insistent(workbench, "Secret", EDITS["a value"])

    for hours in range(10):
        at(handler, NOW + timedelta(hours=hours))
        other.insist()
        handler.reconcile("app-0", "tls")

    assert workbench.data("app-0", "tls") == {"key": b"one"}
    assert told(workbench) == []


@both_kinds
def test_of_handlers_that_run_at_once_none_begins_to_count_anew(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `abs` in `repairs._next`: the first to begin may be the last to write."""
    write_source(workbench, kind)
    handler.resync()
    other, written = Insistent(workbench, kind, EDITS["a value"]), 0

    for number in range(20):
        other.insist()
        at(handler, NOW - timedelta(seconds=number % 2))
        written += handler.reconcile("app-0", "tls", kind).counts()[Action.UPDATED]

    assert written == 5
    assert len(told(workbench)) == 1


@both_kinds
def test_who_makes_it_doubtful_each_time_that_a_mirror_is_right_is_not_answered_for_ever(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `repairs.touched`: it is right, so that it is read, and nobody is told."""
    write_source(workbench, kind)
    handler.resync()
    there = workbench.get(kind, "app-0", "tls") or {}
    versions = set()

    for _ in range(20):
        for data in (EDITS["a value"]["data"], there["data"]):
            workbench.patch(kind, "app-0", "tls", {"data": data})
        handler.reconcile("app-0", "tls", kind)
        found = workbench.get(kind, "app-0", "tls") or {}
        versions.add(found["metadata"]["annotations"].get(names.REPAIRS))

    assert len(versions) == 5
    assert workbench.data("app-0", "tls", kind) == {"key": b"one"}
    assert told(workbench) == []


@pytest.mark.parametrize(
    "noted",
    [
        "",
        "no JSON",
        "[]",
        "7",
        '{"times": 9}',
        '{"times": "x", "at": "y"}',
        '{"times": 9, "at": 1}',
        '{"times": Infinity, "at": "2026-11-24T00:00:00Z", "version": "", "asked": ""}',
        '{"times": -9, "at": "2026-11-24T00:00:00Z", "version": "", "asked": ""}',
        '{"times": 9, "at": "2026-11-24T00:00:00"}',
        '{"times": 9, "at": "2026-11-24T00:00:00Z", "version": "", "asked": "", "touches": []}',
    ],
)
def test_whatever_is_noted_on_a_mirror_it_is_repaired(
    workbench: Workbench, handler: Handler, noted: str
) -> None:
    write_source(workbench, "Secret")
    handler.resync()
    workbench.annotate("Secret", "app-0", "tls", {names.REPAIRS: noted})
    workbench.patch("Secret", "app-0", "tls", EDITS["a value"])

    handler.reconcile("app-0", "tls")

    assert workbench.data("app-0", "tls") == {"key": b"one"}


@pytest.mark.controlplane
class TestRealOnes:
    """Policies, and a controller with a thread of its own, on a real API server."""

    @pytest.fixture
    def server(self, controlplane_server: Server) -> Server:
        return controlplane_server

    @both_kinds
    def test_a_controller_that_answers_every_write_stops_writing_when_kn_mirror_does(
        self, workbench: Workbench, handler: Handler, kind: str
    ) -> None:
        write_source(workbench, kind)
        handler.resync()
        other = Insistent(workbench, kind, EDITS["a value"])

        with insisting(other):
            reports = until_told(handler, kind)
            eventually(lambda: workbench.data("app-0", "tls", kind) != {"key": b"one"})
        written = follow(workbench, handler, kind)

        assert [each.counts()[Action.UPDATED] for each in written] == [0]
        assert sum(each.counts()[Action.UPDATED] for each in reports) <= 5
        assert len(told(workbench)) == 1
        assert others(workbench, kind) == [{"key": b"one"}] * 4

    @both_kinds
    @pytest.mark.parametrize("alteration", ALTERATIONS)
    def test_what_alters_every_write_is_not_fought(
        self, workbench: Workbench, handler: Handler, kind: str, alteration: str
    ) -> None:
        """R11. As in overlay drop-in, where every write of a mirror is an event."""
        write_source(workbench, kind)

        with altered(workbench, "app-0", ALTERATIONS[alteration]):
            handler.resync()
            reports = follow(workbench, handler, kind)
            Insistent(workbench, kind, EDITS["no copied annotation"]).insist()
            reports += follow(workbench, handler, kind)
            reports += [handler.resync() for _ in range(3)]
            with handler.requests() as asked:
                handler.resync()

        assert sum(each.counts()[Action.UPDATED] for each in reports) <= 10
        assert len(asked) == 5
        # Labels of others are no business of mirroring.
        assert len(told(workbench)) == (alteration != "adds a label")
        assert others(workbench, kind) == [{"key": b"one"}] * 4
