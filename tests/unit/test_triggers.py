"""Which events reach which function, and how often."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cloudevents.core.v1.event import CloudEvent

from sandbox.triggers import Trigger, Triggers, for_functions
from tests.receivers import receiving

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCE = {"kind": "Secret", "namespace": "prod", "name": "tls", "apiVersion": "v1"}
FUNCTIONS = for_functions(on_secret_update="update", on_delete_cleanup="delete",
                          on_namespace_create="namespace")  # fmt: skip


def event(kind: str = "Secret", verb: str = "update", namespace: str = "prod") -> CloudEvent:
    attributes = {
        "specversion": "1.0",
        "id": "1",
        "source": "https://10.96.0.1:443",
        "type": f"dev.knative.apiserver.ref.{verb}",
        "time": datetime(2026, 11, 23, tzinfo=UTC),
        "datacontenttype": "application/json",
        "kind": kind,
        "namespace": namespace,
    }
    return CloudEvent(attributes, REFERENCE)


def every_event_to(url: str) -> Trigger:
    return Trigger(url, frozenset({"Secret", "Namespace"}), frozenset({"add", "update"}))


@pytest.mark.parametrize(
    ("kind", "verb", "function"),
    [
        ("Secret", "add", "update"),
        ("Secret", "update", "update"),
        ("Secret", "delete", "delete"),
        ("ConfigMap", "add", "update"),
        ("ConfigMap", "update", "update"),
        ("ConfigMap", "delete", "delete"),
        ("Namespace", "add", "namespace"),
        ("Namespace", "update", "namespace"),
    ],
)
def test_each_event_is_for_one_function(kind: str, verb: str, function: str) -> None:
    assert [each.url for each in FUNCTIONS if each.passes(event(kind, verb))] == [function]


def test_the_end_of_a_namespace_is_for_no_function() -> None:
    assert not any(each.passes(event("Namespace", "delete")) for each in FUNCTIONS)


def test_an_event_is_posted_in_binary_mode() -> None:
    with receiving() as function:
        Triggers([every_event_to(function.url)]).deliver(event())

    (headers,) = function.headers
    assert headers["ce-type"] == "dev.knative.apiserver.ref.update"
    assert headers["ce-specversion"] == "1.0"
    assert headers["content-type"] == "application/json"
    assert json.loads(function.bodies[0]) == REFERENCE


def test_the_namespace_of_a_namespace_is_sent_though_it_is_empty() -> None:
    with receiving() as function:
        Triggers([every_event_to(function.url)]).deliver(event("Namespace", namespace=""))

    assert function.headers[0]["ce-namespace"] == ""


@pytest.mark.parametrize("status", [404, 409, 429, 500, 503])
def test_an_event_that_was_refused_for_now_is_sent_again(status: int) -> None:
    with receiving(status) as function:
        Triggers([every_event_to(function.url)]).deliver(event())

    assert [headers["ce-id"] for headers in function.headers] == ["1", "1"]


def test_an_event_that_was_refused_for_good_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    with receiving(400) as function, caplog.at_level(logging.WARNING, "sandbox"):
        Triggers([every_event_to(function.url)]).deliver(event())

    assert len(function.headers) == 1
    assert "Lost dev.knative.apiserver.ref.update" in caplog.text


def test_an_event_for_a_function_that_is_not_there_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with receiving() as function:
        gone = function.url

    with caplog.at_level(logging.WARNING, "sandbox"):
        Triggers([every_event_to(gone)], attempts=2).deliver(event())

    assert "Lost dev.knative.apiserver.ref.update" in caplog.text


def test_an_event_may_be_kept_back_on_its_way() -> None:
    def never(_event: CloudEvent) -> Iterable[CloudEvent]:
        return ()

    with receiving() as function:
        Triggers([every_event_to(function.url)], change=never).deliver(event())

    assert function.headers == []
