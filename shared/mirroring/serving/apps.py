"""Functions as Knative calls them: CloudEvents come in by HTTP, empty answers go out.

An answer never has a body. Knative takes a 2xx whose body is no CloudEvent for a failure, sends one
that is back into the broker, and copies the body of an error into the dead letter event.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, overload

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from mirroring.cluster.connections import Connection
from mirroring.cluster.key_files import read_hash_keys
from mirroring.errors import whereabouts
from mirroring.objects.events import Event, ObjectEvent
from mirroring.serving.incoming import LARGEST_BODY, LIVE
from mirroring.serving.receiving import Handler, Receiver
from mirroring.settings import Settings

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from mirroring.objects.hash_keys import HashKeys
    from mirroring.objects.references import Kind
    from mirroring.reconciling.mirroring import Mirroring

E = TypeVar("E", bound=Event)
Connect = Callable[[Settings], Connection]

_log = logging.getLogger("mirroring")


@dataclass(frozen=True, slots=True)
class Function(Handler[E]):
    """A handler that is served on its own."""

    @property
    def app(self) -> Flask:
        """A WSGI application that serves the function with the settings of the environment.

        Raises:
            SettingError: a setting cannot be meant.
        """
        return create_app(self, Settings.from_environment(os.environ))


@overload
def function(
    name: str, *, gathers: bool = ...
) -> Callable[[Callable[[Event, Mirroring], None]], Function[Event]]: ...
@overload
def function(
    name: str, *, kinds: tuple[Kind, ...], gathers: bool = ...
) -> Callable[[Callable[[ObjectEvent, Mirroring], None]], Function[ObjectEvent]]: ...
def function(name: str, *, kinds: tuple[Kind, ...] = (), gathers: bool = False) -> Any:
    """Make a function of what handles an event.

    Args:
        name: as audit lines show it.
        kinds: of the objects that it is for; without any it is for every event.
        gathers: whether events that come together are one and the same to it.
    """
    return lambda handle: Function(name, handle, kinds, gathers)


def create_app(
    function: Function[Any],
    settings: Settings,
    connect: Connect = Connection.from_environment,
) -> Flask:
    """Make the WSGI application that serves a function.

    `POST /` takes events, `GET /health/live` and `GET /health/ready` are probes.
    """
    _log.handlers = [logging.StreamHandler()]
    _log.setLevel(settings.log_level.upper())
    _log.info("%s starts with %s", function.name, settings)
    _log.info("Hashes of contents are %s", _signed(read_hash_keys(settings.hash_keys)))
    receiver = Receiver(function, lambda: connect(settings), settings)
    app = Flask(__name__, static_folder=None)
    # One more than is accepted: a body without a length is not refused at this limit but cut off.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.after_request(_without_body)
    app.register_error_handler(Exception, _answer_to_error)

    @app.post("/")
    def receive() -> ResponseReturnValue:
        return "", _receive(receiver)

    @app.get(LIVE)
    def live() -> ResponseReturnValue:
        return "", HTTPStatus.OK

    @app.get("/health/ready")
    def ready() -> ResponseReturnValue:
        return "", HTTPStatus.OK if receiver.is_ready() else HTTPStatus.SERVICE_UNAVAILABLE

    return app


def _signed(keys: HashKeys) -> str:
    if keys.newest:
        return f"signed with key {keys.newest}, of {len(keys.by_name)}."
    return "not signed: short values can be found by them. docs/install.md says how to make a key."


def _receive(receiver: Receiver) -> HTTPStatus:
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return _reject_large(receiver)
    # For what is no chunk, or ends early, gunicorn raises exceptions of its own.
    except Exception:
        return receiver.reject("The body cannot be read.", HTTPStatus.BAD_REQUEST)
    if len(body) > LARGEST_BODY:
        return _reject_large(receiver)
    # gunicorn takes the end of a connection for the end of a body.
    if request.content_length not in {None, len(body)}:
        return receiver.reject("The body ended early.", HTTPStatus.BAD_REQUEST)
    return receiver.receive(dict(request.headers), body)


def _reject_large(receiver: Receiver) -> HTTPStatus:
    because = f"The body is larger than {LARGEST_BODY} bytes."
    return receiver.reject(because, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _answer_to_error(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException):
        return error.get_response()
    _log.error("Unexpected %s", whereabouts(error))
    return "", HTTPStatus.SERVICE_UNAVAILABLE


def _without_body(response: Response) -> Response:
    response.set_data(b"")
    del response.headers["Content-Type"]
    return response
