"""Functions over HTTP, without a cluster."""

from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

import pytest

from mirroring.errors import SettingError, Unavailable
from mirroring.serving.apps import create_app
from mirroring.settings import Settings
from tests.cloud_events import PING, SECRET_CHANGED, Request
from tests.stand_ins import StandIn
from tests.unit.served import client, note_any, post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.cluster.connections import Connection

FUNCTIONS = ("on_secret_update", "on_namespace_create", "on_delete_cleanup", "on_resync")
PROJECT = Path(__file__).parents[2]


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
    answer = post(client(transport=StandIn(500)), request_)

    assert answer.status_code == status
    assert answer.data == b""
    assert "Content-Type" not in answer.headers


def test_a_body_may_be_as_large_as_the_limit() -> None:
    largest = Request({**PING.headers, "Content-Type": "text/plain"}, b"x" * 2**20)

    assert post(client(note_any), largest).status_code == HTTPStatus.ACCEPTED


@pytest.mark.parametrize(
    ("transport", "status"),
    [
        (StandIn(200), 200),
        (StandIn(403), 503),
        (StandIn(error=Unavailable("no answer")), 503),
    ],
    ids=["answers", "refuses", "does not answer"],
)
def test_a_function_is_ready_when_the_api_server_answers(transport: StandIn, status: int) -> None:
    answer = client(transport=transport).get("/health/ready")

    assert answer.status_code == status
    assert transport.requests == ["GET /version"]


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
        made.append(StandIn(200).connection)
        return made[-1]

    app = create_app(note_any, Settings(), connect)

    with ThreadPoolExecutor(4) as threads:
        ready = list(threads.map(lambda _: app.test_client().get("/health/ready"), range(4)))

    assert [answer.status_code for answer in ready] == [HTTPStatus.OK] * 4
    assert len(made) == 1


def test_a_connection_that_could_not_be_made_is_tried_for_again() -> None:
    outcomes: Iterator[Connection | None] = iter([None, StandIn(200).connection])

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

    assert not logging.getLogger("mirroring.serving.receiving").isEnabledFor(logging.INFO)
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

    assert finished.stdout == "mirroring.serving.apps False\n"
