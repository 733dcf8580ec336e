"""Requests that carry events: each event handled once, its end told to the audit log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from time import perf_counter
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mirroring.audit import AuditLog, Entry
from mirroring.cluster import Cluster
from mirroring.errors import EventError, MirroringError
from mirroring.events import Event, read_events
from mirroring.notices import announce
from mirroring.reconciling import Mirroring
from mirroring.reports import Decision, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mirroring.connections import Connection
    from mirroring.limits import Limits
    from mirroring.references import Kind

E = TypeVar("E", bound=Event)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler(Generic[E]):
    """What handles events, together with what it is called and which events it is for.

    Args:
        name: as audit lines show it.
        handle: does the work.
        kinds: of the objects that it is for; empty for any event.
    """

    name: str
    handle: Callable[[E, Mirroring], None]
    kinds: tuple[Kind, ...]

    def __call__(self, event: E, mirroring: Mirroring) -> None:
        """Handle an event that is for this handler."""
        self.handle(event, mirroring)

    def reason_to_ignore(self, event: Event) -> str:
        """Say why the event is not for this handler; empty when it is."""
        if not self.kinds or (event.object and event.object.kind in self.kinds):
            return ""
        return f"it is not about a {' or '.join(map(str, self.kinds))}"


class Receiver:
    """Takes requests for one handler, and tells the audit log what came of them.

    Args:
        handler: does the work.
        connect: makes the connection to the API server, once, when it is needed first.
        limits: what the handler does not look at.
    """

    def __init__(
        self, handler: Handler[Any], connect: Callable[[], Connection], limits: Limits
    ) -> None:
        self._limits = limits
        self._handler = handler
        self._connect = connect
        self._connection: Connection | None = None
        self._lock = Lock()
        self._audit = AuditLog()

    def receive(self, headers: Mapping[str, str], body: bytes) -> HTTPStatus:
        """Handle the events of one request, each whatever becomes of the others."""
        try:
            events = read_events(headers, body)
        except EventError as error:
            return self.reject(str(error), HTTPStatus.BAD_REQUEST)
        retries = [self._must_retry(event) for event in events]
        return HTTPStatus.SERVICE_UNAVAILABLE if any(retries) else HTTPStatus.ACCEPTED

    def reject(self, because: str, answer: HTTPStatus) -> HTTPStatus:
        """Note a request that carries no event, and pass the answer on."""
        report = Report(Decision.REJECTED, because)
        self._audit.write(Entry(self._handler.name, None, report))
        return answer

    def is_ready(self) -> bool:
        """Whether an event could be handled now."""
        try:
            return self._connected().is_ready()
        except MirroringError as error:
            _log.warning("Not ready: %s", error)
            return False

    def _must_retry(self, event: Event) -> bool:
        start = perf_counter()
        report = self._handle(event)
        self._audit.write(Entry(self._handler.name, event, report, perf_counter() - start))
        return report.must_retry

    def _handle(self, event: Event) -> Report:
        """Let the handler do its work; whatever ends it is in the report."""
        report = Report()
        if because := self._handler.reason_to_ignore(event):
            report.decide(Decision.IGNORED, because)
            return report
        try:
            self._work(event, report)
        except MirroringError as error:
            report.fail(str(error))
        except Exception as error:
            _log.error("Unexpected %s", whereabouts(error))
            report.fail(f"unexpected {whereabouts(error)}; please report it")
        return report

    def _work(self, event: Event, report: Report) -> None:
        cluster = Cluster(self._connected())
        try:
            self._handler(event, Mirroring(cluster, report, self._limits))
            announce(cluster, report.outcomes)
        finally:
            report.api_calls = cluster.calls

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection


def whereabouts(error: Exception) -> str:
    """Name an exception's type and the innermost line of the library that it passed.

    Its text is left out: nobody knows what is in it.
    """
    places = [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_globals["__name__"].startswith("mirroring.")
    ]
    return " at ".join([type(error).__name__, *places[-1:]])
