"""Requests of many events, by whoever sends them: what they cost, and what is done for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event as Signal
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest

from functions.on_delete_cleanup import on_delete_cleanup
from functions.on_namespace_create import on_namespace_create
from functions.on_resync import on_resync
from functions.on_secret_update import on_secret_update
from mirroring import names
from mirroring.reconciling.clocks import Clock
from mirroring.serving import receiving
from mirroring.serving.receiving import Receiver
from mirroring.settings import Settings
from tests.cloud_events import PING, about, attributes, batch
from tests.e2e.invariants import values
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirroring.cluster.protocols import Transport
    from mirroring.reporting.reports import Report
    from mirroring.serving.receiving import Handler as Function
    from tests.cloud_events import Request
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

MOST: Final = 64
AUTO: Final = {names.ALLOWED: "true", names.AUTO_ENABLED: "true", names.AUTO_NAMESPACES: "app-.*"}


@dataclass
class Asked:
    """A transport that notes what is sent by it, and lets a test hold it up."""

    transport: Transport
    lists: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    may_go_on: Signal = field(default_factory=Signal)

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Note the request, then send it."""
        self.may_go_on.wait()
        query = dict(options.get("query", ()))
        asked = self.lists if "limit" in query else self.others
        asked.append(f"{method} {path} {query.get('labelSelector', '')}".strip())
        return self.transport.request(method, path, **options)


@dataclass
class Told:
    """What came of events."""

    reports: list[Report] = field(default_factory=list)

    def tell(self, report: Report) -> None:
        """Note what came of one."""
        self.reports.append(report)


class Passing(Clock):
    """A clock for which time passes when a test says so."""

    now: ClassVar[float] = 0.0

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds, _started=self.now)

    @classmethod
    def pass_(cls, seconds: float) -> None:
        """Let time pass."""
        cls.now += seconds

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return self.now - self._started


@dataclass
class Door:
    """A function, and all that came of what was sent to it."""

    receiver: Receiver
    asked: Asked
    told: list[Report]

    def send(self, *events: Request) -> HTTPStatus:
        """Send events as one batch."""
        request = batch(*map(attributes, events))
        return self.receiver.receive(request.headers, request.body)

    def send_at_once(self, times: int, *events: Request) -> set[HTTPStatus]:
        """Send the same batch as often, all before the first is answered."""
        self.asked.may_go_on.clear()
        with ThreadPoolExecutor(times) as threads:
            sent = [threads.submit(self.send, *events) for _ in range(times)]
            eventually(lambda: self.waiting() == times)
            self.asked.may_go_on.set()
            return {each.result() for each in sent}

    def waiting(self) -> int:
        """How many events ask something that is answered now, or next."""
        return sum(asking for _, asking in self.receiver._questions._asked.values())

    def decisions(self) -> list[str]:
        """What was decided of each event, in their order."""
        return [report.decision.value for report in self.told]


def door_of(handler: Handler, function: Function[Any]) -> Door:
    """Have events come to a function."""
    asked = Asked(handler.transport)
    asked.may_go_on.set()
    connection = type(handler.connection)(asked, handler.connection.writers)
    settings = Settings(resync_delay=0, full_resync_interval=3600)
    told = Told()
    return Door(Receiver(function, lambda: connection, settings, [told]), asked, told.reports)


def forged(kind: str, *, verb: str, number: int = MOST) -> Sequence[Request]:
    """Make events about things that do not exist."""
    return [about(kind, "prod", f"no-such-{each}", verb=verb) for each in range(number)]


def source(workbench: Workbench, kind: str, name: str) -> None:
    """Write a source that is to be mirrored to all five namespaces."""
    write = workbench.secret if kind == "Secret" else workbench.config_map
    write("prod", name, {"key": "one"}, annotations=AUTO)


@pytest.mark.parametrize(
    ("function", "verb"), [(on_delete_cleanup, "delete"), (on_secret_update, "update")]
)
def test_a_batch_about_what_does_not_exist_makes_two_lists(
    handler: Handler, kind: str, function: Function[Any], verb: str
) -> None:
    """One whether any of it has mirrors, one of sources; and two looks at each object."""
    door = door_of(handler, function)

    assert door.send(*forged(kind, verb=verb)) == HTTPStatus.ACCEPTED

    assert door.decisions() == ["nothing to do"] * MOST
    assert len(door.asked.lists) == 2
    assert len(door.asked.others) == 2 * MOST
    assert sum(report.api_calls for report in door.told) == 2 + 2 * MOST


def test_a_batch_of_both_kinds_makes_two_lists_of_each(handler: Handler) -> None:
    door = door_of(handler, on_delete_cleanup)

    secrets = forged("Secret", verb="delete", number=32)
    door.send(*secrets, *forged("ConfigMap", verb="delete", number=32))

    assert len(door.asked.lists) == 4


def test_a_batch_of_more_is_refused_and_does_nothing(handler: Handler) -> None:
    door = door_of(handler, on_delete_cleanup)

    answer = door.send(*forged("Secret", verb="delete", number=MOST + 1))

    assert answer == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert (door.decisions(), door.asked.lists, door.asked.others) == (["rejected"], [], [])
    assert door.told[0].reason == (
        "The batch has 65 events, of which none was handled. Send at most 64 at once."
    )


@pytest.mark.usefixtures("apps")
def test_events_of_a_batch_about_the_same_object_are_handled_once(
    handler: Handler, workbench: Workbench, kind: str
) -> None:
    source(workbench, kind, "tls")
    door = door_of(handler, on_secret_update)
    door.send(about(kind, "prod", "tls"))
    door.send(about(kind, "prod", "tls"))
    alone = door.told[-1].api_calls

    door.send(*[about(kind, "prod", "tls")] * MOST)

    assert door.decisions()[2:] == ["reconciled", *["gathered"] * (MOST - 1)]
    assert sum(report.api_calls for report in door.told[2:]) == alone


def test_a_batch_to_on_resync_is_one_resync(handler: Handler, workbench: Workbench) -> None:
    workbench.namespace("kn-mirror")
    door = door_of(handler, on_resync)
    door.send(PING)
    door.send(PING)
    quiet = door.told[-1].api_calls

    door.send(*[PING] * MOST)

    assert door.decisions()[2:] == ["nothing to do", *["gathered"] * (MOST - 1)]
    assert sum(report.api_calls for report in door.told[2:]) == quiet


def test_batches_that_wait_for_a_resync_share_the_next(
    handler: Handler, workbench: Workbench
) -> None:
    """One is under way; it may have read already what those came for that wait."""
    workbench.namespace("kn-mirror")
    door = door_of(handler, on_resync)
    door.send(PING)
    door.send(PING)
    quiet = door.told[-1].api_calls

    door.send_at_once(8, *[PING] * MOST)

    assert door.decisions()[2:].count("gathered") >= 8 * MOST - 3
    assert sum(report.api_calls for report in door.told[2:]) <= 3 * quiet


@pytest.mark.usefixtures("apps")
def test_requests_about_the_same_object_that_wait_share_what_is_done_next(
    handler: Handler, workbench: Workbench, kind: str
) -> None:
    source(workbench, kind, "tls")
    door = door_of(handler, on_secret_update)
    door.send(about(kind, "prod", "tls"))
    door.send(about(kind, "prod", "tls"))
    alone = door.told[-1].api_calls

    door.send_at_once(8, about(kind, "prod", "tls"))

    assert door.decisions()[2:].count("gathered") >= 5
    assert sum(report.api_calls for report in door.told[2:]) <= 3 * alone


def test_a_batch_does_for_each_object_what_a_request_of_its_own_would(
    handler: Handler, workbench: Workbench, apps: list[str], kind: str
) -> None:
    """Among them are sources that went and mirrors that are still wanted."""
    for name in ("gone", "stays", "also-gone"):
        source(workbench, kind, name)
        handler.reconcile("prod", name, kind)
    workbench.delete(kind, "prod", "gone")
    workbench.delete(kind, "prod", "also-gone")
    workbench.delete(kind, "app-1", "stays")
    door = door_of(handler, on_delete_cleanup)

    answer = door.send(
        about(kind, "prod", "gone", verb="delete"),
        about(kind, "app-1", "stays", verb="delete"),
        *forged(kind, verb="delete", number=10),
        about(kind, "prod", "also-gone", verb="delete"),
    )

    assert answer == HTTPStatus.ACCEPTED
    assert values(workbench, apps, kind, "gone") == [None] * 5
    assert values(workbench, apps, kind, "also-gone") == [None] * 5
    assert values(workbench, apps, kind, "stays") == [b"one"] * 5


def test_what_a_batch_writes_is_seen_by_its_later_events(
    handler: Handler, workbench: Workbench, apps: list[str], kind: str
) -> None:
    """So sources are listed again. Fails when lists are kept although something was written."""
    source(workbench, kind, "tls")
    handler.reconcile("prod", "tls", kind)
    workbench.delete(kind, "app-1", "tls")
    workbench.delete(kind, "app-2", "tls")
    door = door_of(handler, on_delete_cleanup)

    door.send(
        about(kind, "app-1", "tls", verb="delete"), about(kind, "app-2", "tls", verb="delete")
    )

    of_sources = [each for each in door.asked.lists if each.endswith("role=source")]
    assert values(workbench, apps, kind) == [b"one"] * 5
    assert len(of_sources) == 2


def test_the_events_of_a_request_have_its_time_together(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second event takes longer than a delivery has; nothing is begun of those after it."""
    monkeypatch.setattr(receiving, "Clock", Passing)
    Passing.now = 0.0
    door = door_of(handler, on_namespace_create)
    handler.transport.before = lambda _method, _path: Passing.pass_(60)

    answer = door.send(*[about("Namespace", "", f"no-such-{each}") for each in range(4)])

    assert answer == HTTPStatus.SERVICE_UNAVAILABLE
    assert door.decisions() == ["nothing to do", "nothing to do", "reconciled", "reconciled"]
    assert len(door.asked.others) == 2
    assert door.told[-1].reason == (
        "Namespace no-such-3: the time is up; the next delivery does what is left: all of it"
    )


@pytest.mark.usefixtures("apps")
def test_an_event_is_not_answered_by_what_a_batch_read_before_it_came(
    handler: Handler, new_handler: Callable[[], Handler], workbench: Workbench, kind: str
) -> None:
    """The batch has read that `late` has no mirrors, and waits for another event about it."""
    door = door_of(handler, on_delete_cleanup)
    door.asked.may_go_on.set()
    passing, may_look = iter((True,)), Signal()

    def look(_method: str, path: str) -> None:
        if path.endswith("/late") and not next(passing, False):
            may_look.wait()

    handler.transport.before = look

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(door.send, about(kind, "prod", "late", verb="delete"))
        eventually(lambda: len(door.asked.others) == 2)
        others = forged(kind, verb="delete", number=2)
        batch_ = threads.submit(door.send, *others, about(kind, "prod", "late", verb="delete"))
        eventually(lambda: len(door.told) == 2 and door.waiting() == 2)
        source(workbench, kind, "late")
        new_handler().reconcile("prod", "late", kind)
        workbench.delete(kind, "prod", "late")
        event = threads.submit(door.send, about(kind, "prod", "late", verb="delete"))
        eventually(lambda: door.waiting() == 3)
        may_look.set()

        assert {each.result() for each in (first, batch_, event)} == {HTTPStatus.ACCEPTED}

    assert workbench.data("app-1", "late", kind) is None


def test_of_an_object_alone_nothing_is_kept(handler: Handler, kind: str) -> None:
    """As Knative sends events: each reads what there is."""
    door = door_of(handler, on_delete_cleanup)

    door.send(about(kind, "prod", "tls", verb="delete"))
    door.send(about(kind, "prod", "tls", verb="delete"))

    assert len(door.asked.lists) == 4
