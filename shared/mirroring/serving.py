"""Functions as Knative calls them: CloudEvents come in by HTTP, empty answers go out.

An answer never has a body. Knative takes a 2xx whose body is no CloudEvent for a failure, sends one
that is back into the broker, and copies the body of an error into the dead letter event.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from threading import Lock
from time import perf_counter
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from mirroring.audit import AuditLog, Entry
from mirroring.cluster import Cluster
from mirroring.connections import Connection
from mirroring.errors import EventError, MirroringError
from mirroring.events import Event, ObjectEvent, read_events
from mirroring.reconciling import Mirroring
from mirroring.reports import Decision, Report
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from mirroring.references import Kind

E = TypeVar("E", Event, ObjectEvent)
Connect = Callable[[Settings], Connection]

LARGEST_BODY: Final = 1024 * 1024  # bytes; an event that names an object needs a thousand
_log = logging.getLogger("mirroring")


class Function(Generic[E]):
    """What handles events, together with what it is called and which events it is for.

    Args:
        name: as audit lines show it.
        handle: does the work.
        kinds: of the objects that it is for; empty for any event.
    """

    def __init__(
        self, name: str, handle: Callable[[E, Mirroring], None], kinds: tuple[Kind, ...]
    ) -> None:
        update_wrapper(self, handle)
        self.name = name
        self._handle = handle
        self._kinds = kinds

    def __call__(self, event: E, mirroring: Mirroring) -> None:
        """Handle an event that is for this function."""
        self._handle(event, mirroring)

    def reason_to_ignore(self, event: Event) -> str:
        """Say why the event is not for this function; empty when it is."""
        if not self._kinds or (event.object and event.object.kind in self._kinds):
            return ""
        return f"it is not about a {' or '.join(map(str, self._kinds))}"

    @property
    def app(self) -> Flask:
        """A WSGI application that serves the function with the settings of the environment.

        Raises:
            SettingError: a setting cannot be meant.
        """
        return create_app(self, Settings.from_environment(os.environ))


@overload
def function(name: str) -> Callable[[Callable[[Event, Mirroring], None]], Function[Event]]: ...
@overload
def function(
    name: str, *, kinds: tuple[Kind, ...]
) -> Callable[[Callable[[ObjectEvent, Mirroring], None]], Function[ObjectEvent]]: ...
def function(name: str, *, kinds: tuple[Kind, ...] = ()) -> Any:
    """Make a function of what handles an event.

    Args:
        name: as audit lines show it.
        kinds: of the objects that it is for; without any it is for every event.
    """
    return lambda handle: Function(name, handle, kinds)


class Receiver:
    """Takes requests for one function, and tells the audit log what came of them.

    Args:
        function: does the work.
        settings: how.
        connect: makes the connection to the API server, once, for the first event.
    """

    def __init__(self, function: Function[Any], settings: Settings, connect: Connect) -> None:
        self._function = function
        self._settings = settings
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
        self._audit.write(Entry(self._function.name, None, report))
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
        report, api_calls = self._handle(event)
        seconds = perf_counter() - start
        self._audit.write(Entry(self._function.name, event, report, api_calls, seconds))
        return report.must_retry

    def _handle(self, event: Event) -> tuple[Report, int]:
        """Let the function do its work; whatever ends it is in the report."""
        if because := self._function.reason_to_ignore(event):
            return Report(Decision.IGNORED, because), 0
        report, cluster = Report(), None
        try:
            cluster = Cluster(self._connected())
            mirroring = Mirroring(cluster)
            report = mirroring.report
            self._function(event, mirroring)
        except MirroringError as error:
            _fail(report, str(error))
        except Exception as error:
            _log.error("Unexpected %s", whereabouts(error))  # noqa: TRY400 (its text may be secret)
            _fail(report, f"unexpected {whereabouts(error)}; please report it")
        return report, cluster.calls if cluster else 0

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect(self._settings)
            return self._connection


def _fail(report: Report, because: str) -> None:
    report.decide(Decision.FAILED, because)
    report.retry = True


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


def create_app(
    function: Function[Any],
    settings: Settings,
    connect: Connect = Connection.from_environment,
) -> Flask:
    """Make the WSGI application that serves a function.

    `POST /` takes events, `GET /health/live` and `GET /health/ready` are probes.
    """
    _log.setLevel(settings.log_level.upper())
    receiver = Receiver(function, settings, connect)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.after_request(_without_body)
    app.register_error_handler(Exception, _answer_to_error)

    @app.post("/")
    def receive() -> ResponseReturnValue:
        return "", _receive(receiver)

    @app.get("/health/live")
    def live() -> ResponseReturnValue:
        return "", HTTPStatus.OK

    @app.get("/health/ready")
    def ready() -> ResponseReturnValue:
        return "", HTTPStatus.OK if receiver.is_ready() else HTTPStatus.SERVICE_UNAVAILABLE

    return app


def _receive(receiver: Receiver) -> HTTPStatus:
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        because = f"The body is larger than {LARGEST_BODY} bytes."
        return receiver.reject(because, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # The client left early, or what it sent is not the encoding that it announced.
    except (HTTPException, OSError):
        return receiver.reject("The body ended early or cannot be read.", HTTPStatus.BAD_REQUEST)
    return receiver.receive(request.headers, body)


def _answer_to_error(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException):
        return error.get_response()
    _log.error("Unexpected %s", whereabouts(error))
    return "", HTTPStatus.SERVICE_UNAVAILABLE


def _without_body(response: Response) -> Response:
    response.set_data(b"")
    del response.headers["Content-Type"]
    return response
