"""What `kubectl events --for` tells an owner: why is my mirror not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.reporting.audit import lines

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
TO_DEV = EVERYWHERE | {names.AUTO_NAMESPACES: "dev"}


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench) -> None:
    workbench.namespace("prod")
    workbench.namespace("dev")


def told(workbench: Workbench, namespace: str, name: str = "tls") -> list[tuple[str, str]]:
    """The reason and the message of every Event about a Secret as it is now."""
    uid = (workbench.get("Secret", namespace, name) or {})["metadata"]["uid"]
    events = workbench.api.request("GET", f"/api/v1/namespaces/{namespace}/events").body["items"]
    return [
        (each["reason"], each["message"])
        for each in events
        if each["involvedObject"].get("uid") == uid and each["source"]["component"] == "kn-mirror"
    ]


def write_source(workbench: Workbench, annotations: dict[str, str], **fields: Any) -> None:
    workbench.secret("prod", "tls", {"key": "s3cret!"}, annotations=annotations, **fields)


def test_of_a_foreign_object_the_source_is_told_where_and_what_to_do(
    workbench: Workbench, handler: Handler
) -> None:
    workbench.secret("dev", "tls", {"mine": "yes"})
    write_source(workbench, TO_DEV)

    handler.reconcile("prod", "tls")

    [(reason, message)] = told(workbench, "prod")
    assert reason == "MirrorConflict"
    assert message.startswith("Secret dev/tls is not a mirror of prod/tls. It was left as it is.")
    assert "kn-mirror.dev/adopt=prod/tls" in message
    assert message.endswith(" (KM401)")


def test_of_a_pattern_that_is_none_the_source_is_told_what_may_be_meant(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, EVERYWHERE | {names.AUTO_NAMESPACES: "*-db"})

    handler.reconcile("prod", "tls")

    [(reason, message)] = told(workbench, "prod")
    assert reason == "InvalidSource"
    assert "'*-db' is not a regular expression" in message
    assert "Did you mean '.*-db'?" in message
    assert message.endswith(" (KM705)")


def test_what_its_owner_may_know_is_told_as_the_audit_log_has_it(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, TO_DEV | {names.KEYS: "ca.crt"})

    target, _ = lines(handler.reconcile("prod", "tls"))

    said = f"{target['reason']} ({target['code']})"
    assert told(workbench, "prod") == [("InvalidSource", said)]
    assert said.endswith("(KM703)")


def test_what_its_owner_may_not_know_has_a_code_of_its_own_in_the_audit_log(
    workbench: Workbench, handler: Handler
) -> None:
    """Of what is in a mirror's place the Event says no more than that it is there."""
    held = {names.REFLECTS: "elsewhere/tls", names.AUTO_REFLECTS: "True"}
    workbench.secret("dev", "tls", {"mine": "yes"}, annotations=held)
    write_source(workbench, TO_DEV)

    conflicts = [each for each in lines(handler.reconcile("prod", "tls")) if "target" in each]

    assert "KM404" in [each["code"] for each in conflicts]
    assert [message[-7:] for _, message in told(workbench, "prod")] == ["(KM401)"]


def test_of_a_type_that_is_never_mirrored_the_source_is_told(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, TO_DEV, type="helm.sh/release.v1")

    handler.reconcile("prod", "tls")

    [(reason, message)] = told(workbench, "prod")
    assert reason == "InvalidSource"
    assert "helm.sh/release.v1 is never mirrored" in message
    assert message.endswith(" (KM704)")


def test_a_pull_mirror_is_told_that_it_is_not_filled(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, EVERYWHERE | {names.ALLOWED_NAMESPACES: "other"})
    workbench.secret("dev", "copy", {}, annotations={names.REFLECTS: "prod/tls"})

    handler.reconcile("dev", "copy")

    [(reason, message)] = told(workbench, "dev", "copy")
    assert reason == "PullMirrorRefused"
    assert "prod/tls is not there, or does not permit mirrors in namespace dev" in message
    assert message.endswith(" (KM501)")


def test_a_pull_mirror_that_cannot_be_written_is_told_why_and_so_is_its_source(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, EVERYWHERE)
    reflects = {names.REFLECTS: "prod/tls"}
    workbench.secret("dev", "copy", {}, annotations=reflects, immutable=True)

    handler.reconcile("dev", "copy")

    assert [reason for reason, _ in told(workbench, "dev", "copy")] == ["MirrorFailed"]
    assert [reason for reason, _ in told(workbench, "prod")] == ["MirrorFailed"]


def test_the_same_is_told_once(workbench: Workbench, handler: Handler) -> None:
    workbench.secret("dev", "tls", {"mine": "yes"})
    write_source(workbench, TO_DEV)

    handler.reconcile("prod", "tls")
    handler.reconcile("prod", "tls")

    assert len(told(workbench, "prod")) == 1


def test_of_many_conflicts_the_first_are_told_and_how_many_more_there_are(
    workbench: Workbench, handler: Handler
) -> None:
    for number in range(13):
        workbench.namespace(f"app-{number}")
        workbench.secret(f"app-{number}", "tls", {"mine": "yes"})
    write_source(workbench, EVERYWHERE | {names.AUTO_NAMESPACES: "app-.*"})

    handler.reconcile("prod", "tls")

    messages = [message for _, message in told(workbench, "prod")]
    assert len(messages) == 11
    assert "The same goes for 3 more namespaces; the audit log names them." in messages


def test_when_nothing_is_wrong_nothing_is_told(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, TO_DEV)

    handler.reconcile("prod", "tls")

    assert told(workbench, "prod") == []


def test_an_event_that_cannot_be_written_fails_nothing(
    workbench: Workbench, handler: Handler
) -> None:
    workbench.secret("dev", "tls", {"mine": "yes"})
    write_source(workbench, TO_DEV)
    handler.before("POST", "/events", lambda: workbench.delete("Secret", "prod", "tls"))

    report = handler.reconcile("prod", "tls")

    assert not report.must_retry
