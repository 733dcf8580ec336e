"""Functions over HTTP, without a cluster."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import SECRET, Event, Mirroring, ObjectEvent, function
from mirroring.errors import MirroringError, SettingError, Unavailable
from mirroring.references import Ref
from mirroring.reports import Action, Outcome
from mirroring.serving import Function, create_app
from mirroring.settings import Settings
from tests.audit_lines import read_audit
from tests.cloud_events import PING, SECRET_CHANGED, Request, about, attributes, batch
from tests.stand_ins import StandInConnection

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mirroring.connections import Connection

NO_SUCH_THING = json.dumps({"metadata": {}, "items": None}).encode()
FUNCTIONS = ("on_secret_update", "on_namespace_create", "on_delete_cleanup", "on_resync")
PROJECT = Path(__file__).parents[2]


@function("on-test", kinds=(SECRET,))
def read_the_object(event: ObjectEvent, mirroring: Mirroring) -> None:
    """Do as a function does."""
    mirroring.reconcile(event.object)


@function("on-gathering-test", gathers=True)
def resync(_event: Event, mirroring: Mirroring) -> None:
    """Do as on-resync does."""
    mirroring.resync()


@function("on-any-test")
def note_any(event: Event, mirroring: Mirroring) -> None:
    """Tell the report which event came."""
    mirroring._report.because = f"{event.id} came"


def client(
    of: Function[Any] = read_the_object, connection: Connection | None = None
) -> FlaskClient:
    """Serve a function on a stand-in for the API server, by default one without any object."""
    answering = connection or StandInConnection(200, NO_SUCH_THING)
    return create_app(of, Settings(), lambda _: answering).test_client()


def failing_with(error: Exception) -> Function[Event]:
    """Make a function that has an outcome to tell of before it fails."""

    @function("on-failing")
    def fail(_event: Event, mirroring: Mirroring) -> None:
        ref = Ref(SECRET, "dev", "tls")
        mirroring._report.record(Outcome(Action.CREATED, ref, ref, "it was wanted"))
        raise error

    return fail


def post(to: FlaskClient, request: Request) -> TestResponse:
    """Send a request."""
    return to.post("/", headers=dict(request.headers), data=request.body)


@pytest.fixture
def audit(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Read what was written to the audit log since the last time."""
    return lambda: read_audit(capfd.readouterr().out)


Audit = Callable[[], list[dict[str, Any]]]


def test_a_handled_event_is_accepted(audit: Audit) -> None:
    answer = post(client(connection=StandInConnection(404)), PING)

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert len(audit()) == 1


def test_the_functions_reason_is_in_the_audit_log(audit: Audit) -> None:
    post(client(note_any), PING)

    [line] = audit()
    assert line["reason"] == f"{PING.headers['ce-id']} came"
    assert line["function"] == "on-any-test"


def test_requests_to_the_api_server_are_counted(audit: Audit) -> None:
    connection = StandInConnection(500)

    post(client(connection=connection), SECRET_CHANGED)

    [line] = audit()
    assert line["api_calls"] == len(connection.requests) == 1


@pytest.mark.parametrize("request_", [PING, about("ConfigMap", "prod", "ca")])
def test_an_event_for_another_function_is_ignored_with_the_reason(
    audit: Audit, request_: Request
) -> None:
    connection = StandInConnection(404)

    answer = post(client(connection=connection), request_)

    [line] = audit()
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert (line["decision"], line["reason"]) == ("ignored", "it is not about a Secret")
    assert connection.requests == []


def test_what_the_api_server_cannot_do_now_is_tried_again(audit: Audit) -> None:
    connection = StandInConnection(error=Unavailable("The API server did not answer."))

    answer = post(client(connection=connection), SECRET_CHANGED)

    [line] = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (line["decision"], line["retry"]) == ("failed", True)
    assert line["reason"] == "The API server did not answer."


def test_without_a_way_to_the_api_server_the_event_is_tried_again(audit: Audit) -> None:
    def connect(_: Settings) -> Connection:
        raise SettingError("No way to the API server. Set KUBECONFIG.")

    answer = post(create_app(note_any, Settings(), connect).test_client(), PING)

    [line] = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert line["reason"] == "No way to the API server. Set KUBECONFIG."


def test_a_target_that_has_to_be_tried_again_brings_the_event_back(audit: Audit) -> None:
    @function("on-test")
    def leave_one(_event: Event, mirroring: Mirroring) -> None:
        ref = Ref(SECRET, "dev", "tls")
        mirroring._report.because = "all was tried"
        mirroring._report.record(Outcome(Action.FAILED, ref, ref, "overloaded", retry=True))

    answer = post(client(leave_one), PING)

    target, event = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (target["action"], event["retry"]) == ("failed", True)


def test_what_was_done_before_a_failure_is_told_of(audit: Audit) -> None:
    post(client(failing_with(MirroringError("The rest could not be read."))), PING)

    target, event = audit()
    assert (target["action"], event["created"], event["decision"]) == ("created", 1, "failed")


def test_an_unexpected_exception_is_told_of_by_type_and_place_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = post(client(failing_with(KeyError("SECRETBYTES"))), PING)

    out, err = capfd.readouterr()
    *_, event = read_audit(out)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert re.fullmatch(r"unexpected KeyError at mirroring\.\w+:\d+; .*", event["reason"])
    assert re.search(r"^Unexpected KeyError at mirroring\.\w+:\d+$", err, re.MULTILINE)
    assert "SECRETBYTES" not in out + err
    assert "Traceback" not in err


def test_every_event_of_a_batch_is_handled_whatever_becomes_of_the_others(audit: Audit) -> None:
    secret, ping = attributes(SECRET_CHANGED), attributes(PING)
    connection = StandInConnection(error=Unavailable("The API server did not answer."))

    answer = post(client(connection=connection), batch(secret, ping))

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert [line["decision"] for line in audit()] == ["failed", "ignored"]


def test_events_that_come_together_share_one_resync(audit: Audit) -> None:
    """An adapter that is replaced makes about eleven events within a second or two."""
    connection = StandInConnection(200, NO_SUCH_THING)
    app = create_app(resync, Settings(resync_delay=1), lambda _: connection)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: post(app.test_client(), PING), range(10)))

    decisions = sorted(line["decision"] for line in audit())
    assert {answer.status_code for answer in answers} == {HTTPStatus.ACCEPTED}
    assert decisions == [*["gathered"] * 9, "nothing to do"]
    assert len(connection.requests) == 3


def test_events_that_shared_a_resync_come_again_with_it(audit: Audit) -> None:
    connection = StandInConnection(500)
    app = create_app(resync, Settings(resync_delay=1), lambda _: connection)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: post(app.test_client(), PING), range(2)))

    assert {answer.status_code for answer in answers} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert [line["retry"] for line in audit()] == [True, True]


def test_a_resync_says_how_many_differences_it_found_and_others_say_nothing_of_it(
    audit: Audit,
) -> None:
    app = create_app(
        resync, Settings(resync_delay=0), lambda _: StandInConnection(200, NO_SUCH_THING)
    )
    post(app.test_client(), PING)
    post(client(), SECRET_CHANGED)

    assert [line["differences"] for line in audit()] == [0, None]


def test_an_empty_batch_is_accepted_and_leaves_no_line(audit: Audit) -> None:
    answer = post(client(), batch())

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert audit() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 405),
        ("PUT", "/", 405),
        ("OPTIONS", "/", 405),
        ("POST", "/health/live", 405),
        ("POST", "/other", 404),
        ("GET", "/health//live", 404),
        ("POST", "/health/live/", 404),
        ("GET", "/static/x", 404),
        ("GET", "/health/live", 200),
    ],
)
def test_other_paths_and_methods_have_plain_http_answers(
    method: str, path: str, status: int
) -> None:
    answer = client().open(path, method=method)

    assert answer.status_code == status
    assert answer.data == b""
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (PING, 202),
        (SECRET_CHANGED, 503),
        (Request({}), 400),
        (Request({}, b"x" * 2**20 + b"x"), 413),
    ],
)
def test_no_answer_has_a_body(request_: Request, status: int) -> None:
    """A dead letter event would carry it, and a broker would take a good one for a failure."""
    answer = post(client(connection=StandInConnection(500)), request_)

    assert answer.status_code == status
    assert answer.data == b""
    assert "Content-Type" not in answer.headers


def test_a_body_may_be_as_large_as_the_limit() -> None:
    largest = Request({**PING.headers, "Content-Type": "text/plain"}, b"x" * 2**20)

    assert post(client(note_any), largest).status_code == HTTPStatus.ACCEPTED


@pytest.mark.parametrize(
    ("connection", "status"),
    [
        (StandInConnection(200), 200),
        (StandInConnection(403), 503),
        (StandInConnection(error=Unavailable("no answer")), 503),
    ],
    ids=["answers", "refuses", "does not answer"],
)
def test_a_function_is_ready_when_the_api_server_answers(
    connection: StandInConnection, status: int
) -> None:
    answer = client(connection=connection).get("/health/ready")

    assert answer.status_code == status
    assert connection.requests == ["GET /version"]


def test_a_function_without_a_way_to_the_api_server_is_alive_but_not_ready() -> None:
    def connect(_: Settings) -> Connection:
        raise SettingError("No way to the API server. Set KUBECONFIG.")

    app = create_app(note_any, Settings(), connect).test_client()

    assert app.get("/health/live").status_code == HTTPStatus.OK
    assert app.get("/health/ready").status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_an_error_outside_of_events_is_told_of_by_type_and_place_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def connect(_: Settings) -> Connection:
        raise TypeError("SECRETBYTES")

    answer = create_app(note_any, Settings(), connect).test_client().get("/health/ready")

    err = capfd.readouterr().err
    assert (answer.status_code, answer.data) == (HTTPStatus.SERVICE_UNAVAILABLE, b"")
    assert "Unexpected TypeError at mirroring." in err
    assert "SECRETBYTES" not in err
    assert "Traceback" not in err


def test_one_connection_serves_all_threads() -> None:
    made: list[Connection] = []
    together = Barrier(2)

    def connect(_: Settings) -> Connection:
        with suppress(BrokenBarrierError):
            together.wait(timeout=0.2)  # for a second thread, which must not come
        made.append(StandInConnection(200))
        return made[-1]

    app = create_app(note_any, Settings(), connect)

    with ThreadPoolExecutor(4) as threads:
        ready = list(threads.map(lambda _: app.test_client().get("/health/ready"), range(4)))

    assert [answer.status_code for answer in ready] == [HTTPStatus.OK] * 4
    assert len(made) == 1


def test_a_connection_that_could_not_be_made_is_tried_for_again() -> None:
    outcomes: Iterator[Connection | None] = iter([None, StandInConnection(200)])

    def connect(_: Settings) -> Connection:
        connection = next(outcomes)
        if connection is None:
            raise SettingError("No way to the API server.")
        return connection

    app = create_app(note_any, Settings(), connect).test_client()

    assert post(app, PING).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert post(app, PING).status_code == HTTPStatus.ACCEPTED


def test_a_setting_that_cannot_be_meant_fails_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KN_MIRROR_WRITERS", "many")

    with pytest.raises(SettingError, match="KN_MIRROR_WRITERS is 'many'"):
        _ = note_any.app


def test_the_log_level_is_the_settings(caplog: pytest.LogCaptureFixture) -> None:
    create_app(note_any, Settings(log_level="warning"))

    assert not logging.getLogger("mirroring.receiving").isEnabledFor(logging.INFO)
    assert caplog.messages == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_starts_without_the_clients_slow_parts(name: str) -> None:
    """Touching CoreV1Api alone would double the cold start."""
    script = (
        f"import sys, functions.{name} as found; "
        "print(found.app.import_name, 'kubernetes.client.api.core_v1_api' in sys.modules)"
    )

    finished = subprocess.run(  # noqa: S603 (no input from outside)
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"PYTHONPATH": ".:shared"},
    )

    assert finished.stdout == "mirroring.serving False\n"
