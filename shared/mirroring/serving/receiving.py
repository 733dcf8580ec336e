"""Requests that carry events: each event handled once, its end told to the audit log."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mirroring.cluster.clients import Cluster
from mirroring.cluster.key_files import read_hash_keys
from mirroring.cluster.sharing import Readings
from mirroring.errors import (
    EventError,
    MirroringError,
    TooManyEvents,
    account_of,
    code_of,
    whereabouts,
)
from mirroring.objects.events import Event
from mirroring.reconciling.clocks import Clock
from mirroring.reconciling.mirroring import Mirroring
from mirroring.reporting.audit import AuditLog
from mirroring.reporting.kubernetes_events import KubernetesEvents
from mirroring.reporting.reports import Decision, Report
from mirroring.serving.cloud_events import read_events
from mirroring.serving.coalescing import Coalescers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from mirroring.cluster.connections import Connection
    from mirroring.objects.references import Kind
    from mirroring.reporting.reports import Sink
    from mirroring.settings import Settings

E = TypeVar("E", bound=Event)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler(Generic[E]):
    """What handles events, together with what it is called and which events it is for.

    Args:
        name: as audit lines show it.
        handle: does the work.
        kinds: of the objects that it is for; empty for any event.
        gathers: whether events that come together are handled as one.
    """

    name: str
    handle: Callable[[E, Mirroring], None]
    kinds: tuple[Kind, ...]
    gathers: bool

    def __call__(self, event: E, mirroring: Mirroring) -> None:
        """Handle an event that is for this handler."""
        self.handle(event, mirroring)

    def reason_to_ignore(self, event: Event) -> str:
        """Say why the event is not for this handler; empty when it is."""
        if not self.kinds or (event.object and event.object.kind in self.kinds):
            return ""
        return f"it is not about a {' or '.join(map(str, self.kinds))}"

    def question(self, event: Event) -> Hashable | None:
        """What the event asks: events that ask the same are one. None if no other can ask it."""
        if self.reason_to_ignore(event):
            return None
        return self.name if self.gathers else event.object


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The events of one request.

    Args:
        readings: what they read together.
        clock: the request's; all of them have its time together.
        answered: what came of those that were handled, by what they asked.
    """

    readings: Readings
    clock: Clock
    answered: dict[Hashable, Report] = field(default_factory=dict)


class Receiver:
    """Takes requests for one handler, and tells what came of them.

    Args:
        handler: does the work.
        connect: makes the connection to the API server, once, when it is needed first.
        settings: how it works.
        sinks: are told of every event; the audit log unless others are given.
    """

    def __init__(
        self,
        handler: Handler[Any],
        connect: Callable[[], Connection],
        settings: Settings,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self._settings = settings
        self._handler = handler
        self._questions = Coalescers[Report](settings.resync_delay if handler.gathers else 0)
        self._lists = Coalescers[list[Any]](0)
        self._connect = connect
        self._connection: Connection | None = None
        self._lock = Lock()
        self._sinks = sinks or (AuditLog(),)

    def receive(self, headers: Mapping[str, str], body: bytes) -> HTTPStatus:
        """Handle the events of one request, each whatever becomes of the others."""
        try:
            events = read_events(headers, body)
        except TooManyEvents as error:
            return self.reject(str(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except EventError as error:
            return self.reject(str(error), HTTPStatus.BAD_REQUEST)
        objects = (event.object for event in events if event.object)
        readings = Readings(objects, lambda what, read: self._lists.join(what, read)[0])
        delivery = _Delivery(readings, Clock(self._settings.deadline))
        retries = [self._must_retry(event, delivery) for event in events]
        return HTTPStatus.SERVICE_UNAVAILABLE if any(retries) else HTTPStatus.ACCEPTED

    def reject(self, because: str, answer: HTTPStatus) -> HTTPStatus:
        """Note a request that carries no event, and pass the answer on."""
        report = Report(self._handler.name)
        report.settle(Decision.REJECTED, because)
        self._tell(report)
        return answer

    def is_ready(self) -> bool:
        """Whether an event could be handled now."""
        try:
            return self._connected().is_ready()
        except MirroringError as error:
            _log.warning("Not ready: %s", error)
            return False

    def _must_retry(self, event: Event, delivery: _Delivery) -> bool:
        clock = Clock(self._settings.deadline - delivery.clock.elapsed)
        report = self._answer(event, clock, delivery)
        report.seconds = clock.elapsed
        self._tell(report)
        return report.must_retry

    def _tell(self, report: Report) -> None:
        for sink in self._sinks:
            sink.tell(report)

    def _answer(self, event: Event, clock: Clock, delivery: _Delivery) -> Report:
        """Handle the event, unless it asks what others do that came before it began."""
        question = self._handler.question(event)
        if question is None:
            return self._handle(event, clock, delivery)
        leads = False
        if question not in delivery.answered:
            # What was read before others came answers none of them.
            asked_by = id(delivery) if delivery.readings.are_kept else None
            delivery.answered[question], leads = self._questions.join(
                (question, asked_by), lambda: self._handle(event, clock, delivery)
            )
        report = delivery.answered[question]
        if leads:
            return report
        shared = Report(self._handler.name, event, clock.at)
        because = "what was done for another event was done for this one"
        shared.settle(Decision.GATHERED, because, retry=report.must_retry)
        return shared

    def _handle(self, event: Event, clock: Clock, delivery: _Delivery) -> Report:
        """Let the handler do its work; whatever ends it is in the report."""
        report = Report(self._handler.name, event, clock.at)
        if because := self._handler.reason_to_ignore(event):
            report.settle(Decision.IGNORED, because)
            return report
        try:
            self._work(event, report, clock, delivery)
        except MirroringError as error:
            report.fail(str(error), error.code)
        except Exception as error:
            _log.error("Unexpected %s", whereabouts(error))
            report.fail(account_of(error), code_of(error))
        return report

    def _work(self, event: Event, report: Report, clock: Clock, delivery: _Delivery) -> None:
        if clock.is_up:
            report.subject = str(event.object or "the event")
            report.leave("all of it")
            return
        cluster = Cluster(self._connected(), readings=delivery.readings)
        try:
            self._handler(event, self._mirroring(cluster, report, clock))
            KubernetesEvents(cluster.reader, cluster.writer).tell(report)
        finally:
            report.api_calls = cluster.calls

    def _mirroring(self, cluster: Cluster, report: Report, clock: Clock) -> Mirroring:
        return Mirroring(
            cluster,
            report,
            self._settings.limits.of(self._connected().namespace),
            clock=clock,
            full_resync_interval=self._settings.full_resync_interval,
            namespace=self._connected().namespace,
            # Anew for each event: Kubernetes renews what it has mounted.
            hash_keys=read_hash_keys(self._settings.hash_keys),
        )

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection
