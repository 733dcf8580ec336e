"""What is read from requests. What is refused is in tests/e2e/test_malformed_requests.py."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mirroring.errors import EventError
from mirroring.objects.events import Event, ObjectEvent
from mirroring.objects.references import CONFIG_MAP, NAMESPACE, SECRET, Ref
from mirroring.serving.cloud_events import read_events
from tests.cloud_events import (
    PING,
    SECRET_CHANGED,
    Request,
    about,
    attributes,
    batch,
    structured,
)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
IN_JSON = attributes(SECRET_CHANGED)


def read_one(request: Request) -> Event:
    """Read a request that carries one event."""
    [event] = read_events(request.headers, request.body)
    return event


def test_an_event_of_an_api_server_source_is_read() -> None:
    event = read_one(SECRET_CHANGED)

    assert event == ObjectEvent(
        id="82a87e5a-c2a9-4b11-930d-00bef9b4f59d",
        type="dev.knative.apiserver.ref.update",
        source="https://10.96.0.1:443",
        subject="/apis/v1/namespaces/prod/secrets/tls",
        trace_id="",
        object=Ref(SECRET, "prod", "tls"),
    )


def test_structured_mode_says_the_same_as_binary_mode() -> None:
    assert read_one(structured(IN_JSON)) == read_one(SECRET_CHANGED)


def test_a_batch_is_read_in_its_order() -> None:
    request = batch(IN_JSON, {**IN_JSON, "id": "2", "kind": "ConfigMap"})

    events = read_events(request.headers, request.body)

    assert [event.object and event.object.kind for event in events] == [SECRET, CONFIG_MAP]


def test_an_empty_batch_is_valid_and_carries_nothing() -> None:
    request = batch()

    events = read_events(request.headers, request.body)

    assert events == []


@pytest.mark.parametrize("verb", ["add", "update", "delete"])
@pytest.mark.parametrize("mode", ["ref", "resource"])
def test_the_object_is_known_whatever_verb_and_mode(mode: str, verb: str) -> None:
    request = SECRET_CHANGED.with_headers(ce_type=f"dev.knative.apiserver.{mode}.{verb}")

    event = read_one(request)

    assert event.object == Ref(SECRET, "prod", "tls")


def test_a_namespace_has_an_empty_namespace() -> None:
    event = read_one(about("Namespace", "", "team-new", verb="add"))

    assert event.object == Ref(NAMESPACE, "", "team-new")


def test_without_extensions_the_reference_in_the_data_counts() -> None:
    bare = {name: IN_JSON[name] for name in ("specversion", "type", "id", "source")}
    data = {"kind": "ConfigMap", "namespace": "prod", "name": "ca", "apiVersion": "v1"}

    event = read_one(structured({**bare, "data": data}))

    assert event.object == Ref(CONFIG_MAP, "prod", "ca")


def test_extensions_count_more_than_data() -> None:
    data = {"kind": "Secret", "namespace": "kube-system", "name": "other", "apiVersion": "v1"}

    event = read_one(structured({**IN_JSON, "data": data}))

    assert event.object == Ref(SECRET, "prod", "tls")


@pytest.mark.parametrize(
    "request_",
    [
        PING,
        about("Pod", "prod", "adapter-0"),
        SECRET_CHANGED.with_headers(ce_apiversion="secrets.example.com/v1"),
        SECRET_CHANGED.with_headers(ce_type="com.example.secret.changed"),
        SECRET_CHANGED.with_headers(ce_type="dev.knative.apiserver.ref.renamed"),
    ],
    ids=["ping", "kind", "group", "type", "verb"],
)
def test_what_is_not_about_a_known_object_is_an_event_without_one(request_: Request) -> None:
    event = read_one(request_)

    assert event.object is None
    assert not isinstance(event, ObjectEvent)


@pytest.mark.parametrize(
    "request_",
    [
        SECRET_CHANGED.with_headers(traceparent=TRACEPARENT),
        SECRET_CHANGED.with_headers(ce_traceparent=TRACEPARENT),
        SECRET_CHANGED.with_headers(
            traceparent=TRACEPARENT, ce_traceparent=TRACEPARENT.replace(TRACE, "ab" * 16)
        ),
        structured({**IN_JSON, "traceparent": TRACEPARENT}),
        structured(IN_JSON).with_headers(traceparent=f"{TRACEPARENT}-later".replace("00-", "cc-")),
    ],
    ids=["header", "extension", "header first", "structured", "later version"],
)
def test_the_trace_is_the_requests_else_the_events(request_: Request) -> None:
    assert read_one(request_).trace_id == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "00",
        TRACE,
        TRACEPARENT.upper(),
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{TRACEPARENT}\n",
    ],
)
def test_a_malformed_trace_is_none(traceparent: str) -> None:
    assert read_one(SECRET_CHANGED.with_headers(traceparent=traceparent)).trace_id == ""


@pytest.mark.parametrize(
    "request_",
    [
        SECRET_CHANGED.without("Content-Type"),
        SECRET_CHANGED.without("ce-time"),
        SECRET_CHANGED.without("ce-subject"),
        SECRET_CHANGED.with_headers(ce_anything="else"),
        Request(SECRET_CHANGED.headers),
        Request({**SECRET_CHANGED.headers, "Content-Type": "text/plain"}, b"not JSON"),
        Request({**SECRET_CHANGED.headers, "Content-Type": "application/octet-stream"}, b"\xff"),
        structured({**IN_JSON, "subject": None, "data": None}),
        structured({**IN_JSON, "data_base64": base64.b64encode(b"\xff").decode()}),
        structured(IN_JSON).with_headers(
            Content_Type="Application/CloudEvents+JSON; charset=utf-8"
        ),
        structured(IN_JSON).with_headers(ce_id="of a proxy"),
    ],
    ids=[
        "no content type",
        "no time",
        "no subject",
        "extension",
        "no data",
        "text",
        "bytes",
        "null",
        "base64",
        "media type in capitals",
        "headers beside structured mode",
    ],
)
def test_what_the_specification_leaves_open_is_accepted(request_: Request) -> None:
    assert read_one(request_).object == Ref(SECRET, "prod", "tls")


def test_header_names_may_have_any_case() -> None:
    headers = {name.title(): value for name, value in SECRET_CHANGED.headers.items()}

    [event] = read_events(headers, SECRET_CHANGED.body)

    assert event.object == Ref(SECRET, "prod", "tls")


def test_header_values_are_percent_decoded() -> None:
    event = read_one(SECRET_CHANGED.with_headers(ce_subject="caf%C3%A9"))

    assert event.subject == "café"


def test_one_bad_event_refuses_its_whole_batch() -> None:
    request = batch(IN_JSON, {**IN_JSON, "id": ""})

    with pytest.raises(EventError, match=r"not valid: id\."):
        read_events(request.headers, request.body)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({**IN_JSON, "id": None}, "The CloudEvent has no id."),
        ({}, "The CloudEvent has no id, source, type, specversion."),
        ({**IN_JSON, "specversion": "0.3"}, "By CloudEvents 1.0 this is not valid: specversion."),
        (
            {**IN_JSON, "SECRETBYTES": "x"},
            "By CloudEvents 1.0 this is not valid: the name of an extension.",
        ),
        (
            {**IN_JSON, "name": "SECRETBYTES"},
            "What the CloudEvent is about cannot be: name is not the name of a Secret.",
        ),
        (
            {**IN_JSON, "namespace": ""},
            "What the CloudEvent is about cannot be: namespace is not the name of a namespace.",
        ),
        ([], "A CloudEvent in JSON is an object."),
    ],
)
def test_a_refusal_names_what_is_wrong_and_quotes_nothing(event: Any, message: str) -> None:
    request = structured(event)

    with pytest.raises(EventError) as refusal:
        read_events(request.headers, request.body)

    assert str(refusal.value) == message


def test_a_refusal_holds_nothing_of_the_request() -> None:
    """A JSONDecodeError has the whole document; it must not be in the chain."""
    body = b'{"data": "SECRETBYTES"'

    with pytest.raises(EventError) as refusal:
        read_events(structured({}).headers, body)

    assert refusal.value.__suppress_context__
    assert "SECRETBYTES" not in json.dumps(refusal.value.args)
