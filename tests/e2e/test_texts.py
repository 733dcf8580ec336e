"""Whatever text Kubernetes takes, no message breaks on it, none is refused, and all are bounded."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirroring import names
from mirroring.reporting import audit
from mirroring.reporting.reports import Action
from tests.lab.waiting import eventually
from tests.strategies import Written, annotation_sets, object_names, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

TO_DEV = {names.ALLOWED: "true", names.AUTO_ENABLED: "true", names.AUTO_NAMESPACES: "dev"}
KINDS = ["Secret", "ConfigMap"]
TEXT = "Grüße, 世界 \u0001 𝄞\n" * 3
BYTES = bytes(range(256))
LONGEST_LINE = 2048 * 12 + 4096

# An example leaves what it made, under a name that no other has.
drawn = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench) -> None:
    for name in ("prod", "dev"):
        workbench.namespace(name)


@pytest.fixture(autouse=True)
def no_event_is_refused(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Guard every test here: that an Event could not be written stands in the log alone."""
    caplog.set_level(logging.DEBUG, "mirroring.reporting.kubernetes_events")
    yield
    assert "No Event on" not in caplog.text


def told(workbench: Workbench, name: str) -> list[tuple[str, str]]:
    """The reason and the message of every Event about an object in `prod`."""
    events = workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
    return [
        (each["reason"], each["message"])
        for each in events
        if each["involvedObject"]["name"] == name
    ]


def lines(report: Report) -> list[dict[str, Any]]:
    return [*audit.lines(report)]


def make(workbench: Workbench, kind: str, path: str, annotated: dict[str, str]) -> None:
    namespace, name = path.split("/")
    create = workbench.secret if kind == "Secret" else workbench.config_map
    create(namespace, name, {"text": TEXT, "bytes": BYTES}, annotations=annotated)


@pytest.mark.parametrize("kind", KINDS)
@drawn
@given(name=object_names)
def test_of_an_object_of_any_name_its_owner_is_told(
    workbench: Workbench, handler: Handler, kind: str, name: str
) -> None:
    """Guards `_beginning`: no part of the Event's own name may end in a hyphen or a dot."""
    clear(workbench, kind, name)
    make(workbench, kind, f"prod/{name}", TO_DEV)
    make(workbench, kind, f"dev/{name}", {})

    report = handler.reconcile("prod", name, kind)

    [(reason, message), *_] = told(workbench, name)
    assert reason == "MirrorConflict"
    assert message.startswith(f"{kind} dev/{name} is not a mirror of prod/{name}. It was left")
    assert report.counts()[Action.CONFLICT] == 1


@pytest.mark.parametrize("length", [199, 200, 201, 253])
@pytest.mark.parametrize("joint", ["-", ".", "--"])
def test_where_a_long_name_is_cut_an_event_is_told(
    workbench: Workbench, handler: Handler, length: int, joint: str
) -> None:
    """R18: `kubernetes/kubernetes#127594` is a name whose 200th character is a hyphen."""
    name = f"{'a' * (length - 1 - len(joint))}{joint}b"[:length] if length < 253 else ""
    name = name or f"{'a' * (200 - len(joint))}{joint}{'b' * 53}"
    make(workbench, "Secret", f"prod/{name}", TO_DEV)
    make(workbench, "Secret", f"dev/{name}", {})

    handler.reconcile("prod", name)

    assert [reason for reason, _ in told(workbench, name)] == ["MirrorConflict"]


@drawn
@given(annotated=annotation_sets, value=written)
def test_whatever_a_source_is_annotated_with_what_is_told_is_bounded(
    workbench: Workbench, handler: Handler, annotated: dict[str, Written], value: Written
) -> None:
    """Guards `_cut` of audit lines and of Events."""
    clear(workbench, "Secret", "tls")
    texts = {name: each.text for name, each in annotated.items()} | {names.REFLECTS: ""}
    asked = {**TO_DEV, names.ALLOWED_NAMESPACES: value.text} | texts
    workbench.secret("prod", "tls", {"key": "one"}, annotations=fitting(asked))

    reports = [handler.reconcile("prod", "tls"), handler.resync()]

    assert all(len(json.dumps(line)) < LONGEST_LINE for each in reports for line in lines(each))
    assert all(len(message.encode()) <= 1024 for _, message in told(workbench, "tls"))
    assert not any(report.must_retry for report in reports)


@drawn
@given(value=written, keys=st.booleans())
def test_whatever_is_wrong_its_owner_is_told(
    workbench: Workbench, handler: Handler, value: Written, *, keys: bool
) -> None:
    clear(workbench, "Secret", "tls")
    annotation = names.KEYS if keys else names.AUTO_NAMESPACES
    workbench.secret(
        "prod", "tls", {"key": "one"}, annotations=TO_DEV | {annotation: f"({value.text}"}
    )

    report = handler.reconcile("prod", "tls")

    assert report.counts()[Action.FAILED] >= 1
    assert ("InvalidSource") in {reason for reason, _ in told(workbench, "tls")}


def test_a_refusal_of_a_list_of_100_kib_says_so_in_a_kilobyte(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `quoted`: of each of many mirrors the reason would be as long as the list."""
    long = ",".join(f"team-{number}-[a-z]+{'x' * 900}" for number in range(120))
    workbench.secret(
        "prod", "tls", {"key": "one"}, annotations=TO_DEV | {names.AUTO_NAMESPACES: long}
    )
    workbench.secret("dev", "tls", {}, annotations={names.REFLECTS: "prod/tls"})
    narrowed = {names.ALLOWED_NAMESPACES: long, names.AUTO_NAMESPACES: None}
    workbench.annotate("Secret", "prod", "tls", narrowed)

    report = handler.reconcile("dev", "tls")

    assert Action.REFUSED in {each.action for each in report.outcomes}
    assert all(len(each.because) < 1024 for each in report.outcomes)


@pytest.mark.parametrize("name", ["x" * 200_000, "../../configmaps", "a,b", "Ä", "a b"])
def test_what_mirrors_cannot_be_called_is_never_asked_for(
    workbench: Workbench, handler: Handler, name: str
) -> None:
    """Guards `is_object_name` in `Observer`: the refusal of one list would end a whole resync."""
    workbench.secret("prod", "named", {"key": "one"}, annotations=TO_DEV | {names.NAME: name})
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_DEV)

    reports = [
        handler.reconcile("prod", "named"),
        handler.resync(),
        handler.reconcile_namespace("dev"),
        handler.resync(),
        handler.reconcile("dev", "named"),
    ]

    assert workbench.data("dev", "tls") == {"key": b"one"}
    assert not any(report.must_retry for report in reports)
    assert "is not the name of a Secret" in reports[0].outcomes[0].because


@pytest.mark.parametrize(
    ("number", "wrong"), [(8, "is a circle"), (50, "more than 8 mirrors of mirrors")]
)
def test_a_circle_of_many_is_told_in_a_kilobyte(
    workbench: Workbench, handler: Handler, number: int, wrong: str
) -> None:
    """Guards `_LONGEST_NAMED`: each of them would name all the others."""
    for each in range(number):
        following = {names.REFLECTS: f"dev/{'x' * 200}-{(each + 1) % number}"}
        workbench.secret("dev", f"{'x' * 200}-{each}", {}, annotations=following)

    report = handler.resync()

    refused = [each.because for each in report.outcomes if each.action is Action.REFUSED]
    assert len(refused) == number
    assert all(wrong in because and len(because) < 1024 for because in refused)


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_bytes_of_all_sorts_are_mirrored(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    make(workbench, kind, "prod/settings", TO_DEV)

    handler.reconcile("prod", "settings", kind)

    assert workbench.data("dev", "settings", kind) == {"text": TEXT.encode(), "bytes": BYTES}


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_bytes_of_all_sorts_stand_in_nobodys_way_when_a_write_is_refused(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """R01. Guards `ValueError` in `_values`: what is blotted out may be no base64, nor ASCII."""
    everywhere = {name: value for name, value in TO_DEV.items() if name != names.AUTO_NAMESPACES}
    workbench.namespace("stage")
    for name in ("aa", "settings", "zz"):
        make(workbench, kind, f"prod/{name}", everywhere)
    path = f"/namespaces/dev/{'secrets' if kind == 'Secret' else 'configmaps'}"
    handler.before("POST", path, lambda: make(workbench, kind, "dev/aa", {}))

    report = handler.resync()

    mirrored = set(workbench.names(kind, labelSelector=f"{names.ROLE}=mirror"))
    assert {"stage/aa", "stage/settings", "stage/zz", "dev/settings", "dev/zz"} <= mirrored
    assert report.counts()[Action.CONFLICT] == 1
    assert not report.must_retry


@pytest.mark.controlplane
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_a_quota_that_admits_none_fails_for_one_namespace_and_is_told(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """R01, on the API server that has quotas; `dev` is told as refused, and the others have all."""
    everywhere = {name: value for name, value in TO_DEV.items() if name != names.AUTO_NAMESPACES}
    workbench.namespace("stage")
    forbid(workbench, "dev", kind)
    for name in ("aa", "settings", "zz"):
        make(workbench, kind, f"prod/{name}", everywhere)

    report = handler.resync()

    mirrored = set(workbench.names(kind, labelSelector=f"{names.ROLE}=mirror"))
    assert {"stage/aa", "stage/settings", "stage/zz"} <= mirrored
    assert {each.target.path for each in report.outcomes if each.action is Action.FAILED} == {
        "dev/aa",
        "dev/settings",
        "dev/zz",
    }
    assert all("exceeded quota. " in each[1] for each in told(workbench, "settings"))
    assert not report.must_retry


def forbid(workbench: Workbench, namespace: str, kind: str) -> None:
    """Let a quota admit none of a kind, and wait until it is in force."""
    path = f"/api/v1/namespaces/{namespace}/resourcequotas"
    counted = "count/secrets" if kind == "Secret" else "count/configmaps"
    workbench.create(path, {"metadata": {"name": "none"}, "spec": {"hard": {counted: "0"}}})
    eventually(
        lambda: workbench.api.request("GET", f"{path}/none").body.get("status", {}).get("hard")
    )


def fitting(annotated: dict[str, str]) -> dict[str, str]:
    """Leave out what makes annotations larger than the API server takes."""
    kept: dict[str, str] = {}
    size = 0
    for name, value in annotated.items():
        size += len(name) + len(value.encode())
        if size < 250_000:
            kept[name] = value
    return kept


def clear(workbench: Workbench, kind: str, name: str) -> None:
    """Take away what an example before left, Events included."""
    plural = "secrets" if kind == "Secret" else "configmaps"
    for namespace in ("prod", "dev"):
        workbench.api.request("DELETE", f"/api/v1/namespaces/{namespace}/{plural}/{name}")
    workbench.api.request("DELETE", "/api/v1/namespaces/prod/events")
