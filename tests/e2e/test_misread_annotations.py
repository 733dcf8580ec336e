"""What nobody reads is told to whoever wrote it, with what was meant: R29 and E3.

`emberstack/kubernetes-reflector#225` is a name of an older version, `cert-manager/website#836` a
wrong one in a page that many copied from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
TO_DEV = EVERYWHERE | {names.AUTO_NAMESPACES: "dev"}
FORMER = {
    f"{names.REFLECTOR}secret-reflection-allowed": "true",
    f"{names.REFLECTOR}secret-reflection-auto-enabled": "true",
}
MEANT = {names.ALLOWED, names.AUTO_ENABLED}
KINDS = ["Secret", "ConfigMap"]
QUIET = 5


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench, handler: Handler) -> None:
    for name in ("kn-mirror", "prod", "dev"):
        workbench.namespace(name)
    handler.full_resync_interval = 3600


def write(workbench: Workbench, kind: str, annotations: dict[str, str]) -> None:
    create = workbench.secret if kind == "Secret" else workbench.config_map
    create("prod", "tls", {"key": "one"}, annotations=annotations)


def told(workbench: Workbench, namespace: str, name: str) -> list[tuple[str, str]]:
    events = workbench.api.request("GET", f"/api/v1/namespaces/{namespace}/events").body["items"]
    about = [each for each in events if each["involvedObject"]["name"] == name]
    return sorted((each["reason"], each["message"]) for each in about)


def news(report: Report) -> list[str]:
    """What is told, and not for the second time."""
    failed = (each for each in report.outcomes if each.action is Action.FAILED)
    return [each.because for each in failed if not each.told]


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_with_names_of_an_older_version_alone_is_told_by_the_look_at_everything(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `_is_misread` in `Observer._everything`."""
    write(workbench, kind, FORMER)

    handler.resync()

    events = told(workbench, "prod", "tls")
    assert {reason for reason, _ in events} == {"InvalidSource"}
    meant = {message.rpartition("Did you mean ")[2] for _, message in events}
    assert meant == {f"{name}? (KM709)" for name in MEANT}
    found = workbench.get(kind, "prod", "tls")
    assert found
    assert not found["metadata"].get("labels")
    assert workbench.get(kind, "dev", "tls") is None


def test_it_is_told_by_its_own_event_where_one_comes(
    workbench: Workbench, handler: Handler
) -> None:
    """As in overlay `drop-in`, which watches every Secret."""
    write(workbench, "Secret", FORMER)

    report = handler.reconcile("prod", "tls")

    assert len(news(report)) == 2
    assert not report.must_retry


def test_it_is_told_once_and_then_costs_nothing(workbench: Workbench, handler: Handler) -> None:
    """Guards `_UNSEEN`: a tick by label does not see it, and does not forget it either."""
    write(workbench, "Secret", FORMER)

    first = handler.resync()
    with handler.requests() as asked:
        second = handler.resync()
    handler.full_resync_interval = 0
    third = handler.resync()

    assert [len(news(report)) for report in (first, second, third)] == [2, 0, 0]
    assert len(asked) == QUIET


def test_it_is_told_again_when_its_owner_wrote_it_again(
    workbench: Workbench, handler: Handler
) -> None:
    write(workbench, "Secret", FORMER)
    handler.full_resync_interval = 0
    handler.resync()
    workbench.annotate("Secret", "prod", "tls", dict.fromkeys(list(FORMER)[:1]))

    assert len(news(handler.resync())) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_is_told_of_every_name_that_is_none_and_is_mirrored_by_the_others(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `own` in `Report.record`."""
    misspelt = {
        "kn-mirror.dev/copy-label": "team",
        f"{names.REFLECTOR}reflection-namespaces": "dev",
    }
    write(workbench, kind, TO_DEV | misspelt)

    handler.reconcile("prod", "tls", kind)

    events = told(workbench, "prod", "tls")
    assert len(events) == 2
    assert all(reason == "InvalidSource" for reason, _ in events)
    assert workbench.get(kind, "dev", "tls")


@pytest.mark.parametrize("listed", ["dev\nstage\n", '"dev,stage"', "dev stage", '["dev","stage"]'])
def test_a_list_that_is_none_is_told_and_leaves_the_mirrors_that_are_there(
    workbench: Workbench, handler: Handler, listed: str
) -> None:
    write(workbench, "Secret", TO_DEV)
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.AUTO_NAMESPACES: listed})

    handler.reconcile("prod", "tls")

    assert workbench.data("dev", "tls") == {"key": b"one"}
    events = told(workbench, "prod", "tls")
    assert events
    assert all("Separate names by commas and nothing else" in each for _, each in events)


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        (names.KEYS, "KM702"),
        (names.COPY_LABELS, "KM712"),
        (names.COPY_ANNOTATIONS, "KM712"),
        (names.ALLOWED_NAMESPACES, "KM705"),
    ],
)
def test_so_it_is_with_every_list(
    workbench: Workbench, handler: Handler, annotation: str, code: str
) -> None:
    write(workbench, "Secret", TO_DEV | {annotation: "one\ntwo"})

    handler.reconcile("prod", "tls")

    [message] = [each for _, each in told(workbench, "prod", "tls") if "is not one" in each]
    assert "'one\\ntwo' is not one name" in message
    assert message.endswith(f"'one,two' ({code})")


def test_a_pull_mirror_is_told(workbench: Workbench, handler: Handler) -> None:
    write(workbench, "Secret", TO_DEV)
    misspelt = {names.REFLECTS: "prod/tls", f"{names.REFLECTOR}reflected-versions": ""}
    workbench.secret("dev", "copy", {}, annotations=misspelt)

    handler.reconcile("dev", "copy")

    [(reason, message)] = told(workbench, "dev", "copy")
    assert reason == "InvalidPullMirror"
    assert message.endswith(f"Did you mean {names.REFLECTED_VERSION}? (KM709)")


def test_a_namespace_is_told_in_itself(workbench: Workbench, handler: Handler) -> None:
    """Its owner thinks that it takes no mirrors; a tick tells it as its own event does, once."""
    workbench.annotate("Namespace", "", "dev", {"kn-mirror.dev/accepts": "none"})

    own = handler.reconcile_namespace("dev")
    ticks = [handler.resync() for _ in range(2)]

    [(reason, message)] = told(workbench, "dev", "dev")
    assert reason == "InvalidNamespace"
    assert message.endswith("Did you mean kn-mirror.dev/accept? (KM709)")
    assert [len(news(report)) for report in (own, *ticks)] == [1, 1, 0]


def test_nothing_is_told_of_mirrors_of_a_newer_version(
    workbench: Workbench, handler: Handler
) -> None:
    write(workbench, "Secret", TO_DEV)
    handler.reconcile("prod", "tls")
    newer = {"kn-mirror.dev/content-hashes": "x", f"{names.REFLECTOR}reflected-by": "x"}
    workbench.annotate("Secret", "dev", "tls", newer)

    reports = [handler.reconcile("dev", "tls"), handler.resync()]

    assert [news(report) for report in reports] == [[], []]
