"""Requests that carry no CloudEvent: refused, noted, and nothing else comes of them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from functions.on_delete_cleanup import on_delete_cleanup
from functions.on_namespace_create import on_namespace_create
from functions.on_resync import on_resync
from functions.on_secret_update import on_secret_update
from mirroring.serving.apps import create_app
from mirroring.settings import Settings
from tests.audit_lines import read_audit
from tests.cloud_events import (
    BATCH,
    PING,
    SECRET_CHANGED,
    STRUCTURED,
    Request,
    about,
    attributes,
    batch,
    structured,
)
from tests.processes import Served, served
from tests.stand_ins import SlowApi, StandIn, slow_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.serving.apps import Function

SECRET = "SECRETBYTES"
EVENT = attributes(SECRET_CHANGED)
NAMELESS = {name: EVENT[name] for name in ("specversion", "type", "id", "source")}


def data(value: object) -> Request:
    """Name the object in the data alone."""
    return structured({**NAMELESS, "data": value})


def raw(body: bytes, content_type: str = STRUCTURED) -> Request:
    """Send bytes as an event in JSON, or as something else."""
    return Request({"Content-Type": content_type}, body)


MALFORMED = {
    # No event at all.
    "nothing": Request({}),
    "plain JSON": raw(b'{"a": "SECRETBYTES"}', "application/json"),
    "a form": raw(b"a=SECRETBYTES", "application/x-www-form-urlencoded"),
    "text": raw(b"SECRETBYTES", "text/plain"),
    "a media type that is none": raw(b"SECRETBYTES", ";;;"),
    # Attributes in headers.
    "no id": SECRET_CHANGED.without("ce-id"),
    "no source": SECRET_CHANGED.without("ce-source"),
    "no type": SECRET_CHANGED.without("ce-type"),
    "no specversion": SECRET_CHANGED.without("ce-specversion"),
    "empty id": SECRET_CHANGED.with_headers(ce_id=""),
    "empty source": SECRET_CHANGED.with_headers(ce_source=""),
    "empty type": SECRET_CHANGED.with_headers(ce_type=""),
    "empty subject": SECRET_CHANGED.with_headers(ce_subject=""),
    "specversion 0.3": SECRET_CHANGED.with_headers(ce_specversion="0.3"),
    "specversion 2.0": SECRET_CHANGED.with_headers(ce_specversion="2.0"),
    "a time that is none": SECRET_CHANGED.with_headers(ce_time=SECRET),
    "a time without zone": SECRET_CHANGED.with_headers(ce_time="2026-11-23T17:16:17"),
    "an extension with a hyphen": SECRET_CHANGED.with_headers(ce_SECRETBYTES_x="1"),
    "an extension called data": SECRET_CHANGED.with_headers(ce_data=SECRET),
    "data that is not the JSON it says": Request(SECRET_CHANGED.headers, b'{"a": SECRETBYTES'),
    "data in a compressed form": Request(
        SECRET_CHANGED.with_headers(Content_Encoding="gzip").headers, gzip.compress(b"{}")
    ),
    # What the event is about.
    "no kind": SECRET_CHANGED.without("ce-kind"),
    "no name": SECRET_CHANGED.without("ce-name"),
    "no namespace": SECRET_CHANGED.without("ce-namespace"),
    "empty kind": SECRET_CHANGED.with_headers(ce_kind=""),
    "empty namespace": SECRET_CHANGED.with_headers(ce_namespace=""),
    "a name that leaves its path": about("Secret", "prod", "../../namespaces/kube-system"),
    "a name with an encoded slash": about("Secret", "prod", "a%2Fb"),
    "a name with a query": about("Secret", "prod", "tls?fieldManager=x"),
    "a name with a line break": about("Secret", "prod", "tls%0Ax"),
    "a name in capitals": about("Secret", "prod", SECRET),
    "a name too long": about("Secret", "prod", "a" * 254),
    "a namespace that leaves its path": about("Secret", "..", "tls"),
    "a namespace with dots": about("Secret", "pr.od", "tls"),
    "a namespace too long": about("Secret", "a" * 64, "tls"),
    "a Namespace in a namespace": about("Namespace", "prod", "team-new"),
    "a Namespace that leaves its path": about("Namespace", "", "a/finalize"),
    # Structured mode.
    "empty body": raw(b""),
    "not JSON": raw(b"{SECRETBYTES"),
    "JSON cut off": raw(json.dumps({**EVENT, "data": SECRET}).encode()[:-2]),
    "not UTF-8": raw(b'{"id": "\xff\xfeSECRETBYTES"}'),
    "UTF-16 with half a character": raw(json.dumps(EVENT).encode("utf-16")[:-1]),
    "a null": raw(b"null"),
    "a number": raw(b"5"),
    "a string": raw(b'"SECRETBYTES"'),
    "an array": raw(b"[]"),
    "brackets without end": raw(b"[" * 100_000),
    "objects without end": raw(b'{"a":' * 100_000),
    "a number of many digits": raw(b'{"id": ' + b"9" * 10_000 + b"}"),
    "an empty object": structured({}),
    "no id in JSON": structured({**EVENT, "id": None}),
    "an id that is a number": structured({**EVENT, "id": 5}),
    "a type that is an array": structured({**EVENT, "type": [SECRET]}),
    "a source that is an object": structured({**EVENT, "source": {SECRET: SECRET}}),
    "a specversion that is a number": structured({**EVENT, "specversion": 1.0}),
    "a time that is a number": structured({**EVENT, "time": 5}),
    "a subject that is a boolean": structured({**EVENT, "subject": True}),
    "an attribute in capitals": structured({**EVENT, SECRET: SECRET}),
    "data twice": structured({**EVENT, "data": SECRET, "data_base64": "AAAA"}),
    "base64 that is none": structured({**EVENT, "data_base64": "SECRETBYTES"}),
    "base64 that is a number": structured({**EVENT, "data_base64": 5}),
    "a kind that is an array": structured({**EVENT, "kind": ["Secret"]}),
    "a name that is a number": structured({**EVENT, "name": 5}),
    "no data to name the object": data(None),
    "data that is text": data(SECRET),
    "data that is an array": data([{"kind": "Secret"}]),
    "data without a name": data({"kind": "Secret", "namespace": "prod"}),
    "data with a name that leaves its path": data(
        {"kind": "Secret", "namespace": "prod", "name": "../x"}
    ),
    "a format that is not read": raw(b"SECRETBYTES", "application/cloudevents+avro"),
    "a format without a name": raw(json.dumps(EVENT).encode(), "application/cloudevents"),
    # Batches.
    "a batch that is an object": raw(json.dumps(EVENT).encode(), BATCH),
    "a batch that is null": raw(b"null", BATCH),
    "a batch that is not JSON": raw(b"[SECRETBYTES", BATCH),
    "a batch of nothing": batch(None),
    "a batch of text": batch(SECRET),
    "a batch with one that is malformed": batch(EVENT, {**EVENT, "id": ""}),
    "a batch with one that is about nothing": batch(EVENT, {**EVENT, "name": SECRET}),
}
TOO_LARGE = {
    "structured": structured({**EVENT, "data": SECRET * 100_000}),
    "binary": Request(SECRET_CHANGED.headers, SECRET.encode() * 100_000),
    "no event": Request({}, SECRET.encode() * 100_000),
    "too many events": batch(*[{**EVENT, "data": SECRET}] * 65),
}

functions = pytest.mark.parametrize(
    "function",
    [on_secret_update, on_namespace_create, on_delete_cleanup, on_resync],
    ids=lambda function: str(function.name),
)


def check_refusal(out: str, err: str) -> None:
    """Hold what a function wrote to the promise: one line, no secret, no traceback."""
    [line] = read_audit(out)
    assert line["decision"] == "rejected"
    assert (line["event"], line["object"], line["api_calls"]) == (None, None, 0)
    assert SECRET not in out + err
    assert "Traceback" not in err


@functions
@pytest.mark.parametrize(
    ("request_", "status"),
    [
        *[pytest.param(request, 400, id=name) for name, request in MALFORMED.items()],
        *[pytest.param(request, 413, id=f"too large: {n}") for n, request in TOO_LARGE.items()],
    ],
)
def test_a_malformed_request_is_refused_and_does_nothing(
    function: Function[Any],
    request_: Request,
    status: int,
    capfd: pytest.CaptureFixture[str],
) -> None:
    transport = StandIn()
    app = create_app(function, Settings(), lambda _: transport.connection).test_client()

    answer = app.post("/", headers=dict(request_.headers), data=request_.body)

    assert (answer.status_code, answer.data) == (status, b"")
    assert transport.requests == []
    check_refusal(*capfd.readouterr())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowApi]:
    """Have an API server that would note any request."""
    with slow_api(tmp_path_factory.getbasetemp() / "kubeconfig") as found:
        yield found


@pytest.fixture(scope="module")
def process(api: SlowApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one function by gunicorn, for all tests of this module."""
    api.release.set()
    folder = tmp_path_factory.mktemp("served")
    with served("on_secret_update", tmp_path_factory.getbasetemp() / "kubeconfig", folder) as found:
        yield found


class Tail:
    """What a process has written since the test began."""

    def __init__(self, process: Served) -> None:
        self._process = process
        self._before = (len(process.out.read_text()), len(process.err.read_text()))

    def read(self) -> tuple[str, str]:
        """Return the new text of stdout and of stderr."""
        out, err = self._process.out.read_text(), self._process.err.read_text()
        return out[self._before[0] :], err[self._before[1] :]


@pytest.mark.parametrize(
    ("request_", "chunked", "status"),
    [
        pytest.param(MALFORMED["nothing"], False, 400, id="nothing"),
        pytest.param(MALFORMED["no id"], False, 400, id="no id"),
        pytest.param(MALFORMED["not UTF-8"], False, 400, id="not UTF-8"),
        pytest.param(MALFORMED["JSON cut off"], True, 400, id="JSON cut off, chunked"),
        pytest.param(MALFORMED["brackets without end"], False, 400, id="brackets without end"),
        pytest.param(MALFORMED["a name that leaves its path"], False, 400, id="name"),
        pytest.param(TOO_LARGE["structured"], False, 413, id="too large"),
        pytest.param(TOO_LARGE["structured"], True, 413, id="too large, chunked"),
        pytest.param(TOO_LARGE["too many events"], False, 413, id="too many events"),
    ],
)
def test_gunicorn_changes_nothing_about_that(
    api: SlowApi, process: Served, request_: Request, *, chunked: bool, status: int
) -> None:
    tail = Tail(process)

    answer = process.send(request_, chunked=chunked)

    assert (answer.status, answer.data) == (status, b"")
    assert api.requests == []
    check_refusal(*tail.read())


@pytest.mark.parametrize(
    "end",
    [
        b"Content-Length: 100\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n20\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\nSECRETBYTES\r\n",
    ],
    ids=["body ends early", "chunk ends early", "chunk without a size"],
)
def test_a_body_that_cannot_be_read_is_refused(api: SlowApi, process: Served, end: bytes) -> None:
    tail = Tail(process)
    headers = "".join(f"{name}: {value}\r\n" for name, value in PING.headers.items())

    answer = process.send_bytes(b"POST / HTTP/1.1\r\nHost: x\r\n" + headers.encode() + end)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\n")
    assert api.requests == []
    check_refusal(*tail.read())
