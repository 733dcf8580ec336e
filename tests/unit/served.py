"""Functions served without a cluster, and what they write to the audit log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mirroring import SECRET, Event, Mirroring, ObjectEvent, function
from mirroring.serving.apps import Function, create_app
from mirroring.settings import Settings
from tests.stand_ins import StandIn

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.cloud_events import Request

NO_SUCH_THING = json.dumps({"metadata": {}, "items": None}).encode()

Audit = Callable[[], list[dict[str, Any]]]


@function("on-test", kinds=(SECRET,))
def read_the_object(event: ObjectEvent, mirroring: Mirroring) -> None:
    """Do as a function does."""
    mirroring.reconcile(event.object)


@function("on-any-test")
def note_any(event: Event, mirroring: Mirroring) -> None:
    """Tell the report which event came."""
    mirroring.report.because = f"{event.id} came"


def client(of: Function[Any] = read_the_object, transport: StandIn | None = None) -> FlaskClient:
    """Serve a function on a stand-in for the API server, by default one without any object."""
    answering = transport or StandIn(200, NO_SUCH_THING)
    return create_app(of, Settings(), lambda _: answering.connection).test_client()


def post(to: FlaskClient, request: Request) -> TestResponse:
    """Send a request."""
    return to.post("/", headers=dict(request.headers), data=request.body)
