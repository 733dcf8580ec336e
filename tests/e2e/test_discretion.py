"""What is in another namespace nobody learns by being told why something is not there: F12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Limits, Side
from mirroring.reporting.reports import Action
from tests.e2e.invariants import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Arrange = Callable[[Workbench, Handler, str], object]

ALLOWED: Final = {names.ALLOWED: "true"}
TO_TENANT: Final = ALLOWED | {names.AUTO_ENABLED: "true", names.AUTO_NAMESPACES: "o-t"}
COPY, NAMED = "o-t/copy", "o-v/payroll-db"


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench, handler: Handler) -> None:
    for name in ("o-t", "o-v", "third", "kn-mirror"):
        workbench.namespace(name)
    handler.full_resync_interval = 3600


def source(annotations: Mapping[str, str]) -> Arrange:
    return lambda workbench, _handler, kind: write(workbench, NAMED, "one", kind, annotations)


def nothing(_workbench: Workbench, _handler: Handler, _kind: str) -> None:
    pass


def excluded(workbench: Workbench, handler: Handler, kind: str) -> None:
    handler.limits = Limits(sources=Side(excluded=Globs(("o-v",))))
    write(workbench, NAMED, "one", kind, ALLOWED)


def circle(workbench: Workbench, _handler: Handler, kind: str) -> None:
    write(workbench, NAMED, "", kind, {names.REFLECTS: "third/hidden"})
    write(workbench, "third/hidden", "", kind, {names.REFLECTS: NAMED})


def chain(workbench: Workbench, _handler: Handler, kind: str) -> None:
    write(workbench, NAMED, "", kind, {names.REFLECTS: "third/hidden"})
    write(workbench, "third/hidden", "one", kind, ALLOWED | {names.ALLOWED_NAMESPACES: "third"})


def not_accepted(workbench: Workbench, _handler: Handler, kind: str) -> None:
    write(workbench, NAMED, "one", kind, ALLOWED)
    workbench.patch("Namespace", "", "o-t", {"metadata": {"annotations": {names.ACCEPT: "none"}}})


# What may keep a pull mirror from being filled, and the word of it that the audit log has.
CASES: Final[Mapping[str, tuple[Arrange, str]]] = {
    "nothing is there": (nothing, "was never there"),
    "it permits nothing": (source({}), "reflection-allowed is not true"),
    "it permits others": (source(ALLOWED | {names.ALLOWED_NAMESPACES: "red"}), "'red'"),
    "it permits others by label": (
        source(ALLOWED | {names.ALLOWED_NAMESPACES_SELECTOR: "team=red"}),
        "selector does not match",
    ),
    "its rules cannot be read": (source(ALLOWED | {names.ALLOWED_NAMESPACES: "*-db"}), "'*-db'"),
    "it lacks its keys": (source(ALLOWED | {names.KEYS: "pin"}), "'pin'"),
    "its name is none": (source(ALLOWED | {names.NAME: "No Name"}), "'No Name'"),
    "it is excluded": (excluded, "by the settings"),
    "it is another's pull mirror": (chain, "third/hidden does not permit it"),
    "it leads in a circle of others": (circle, "third/hidden → o-v/payroll-db"),
    "the namespace does not accept it": (not_accepted, "does not accept"),
}


EVENTS: Final[Mapping[str, Callable[[Handler, str], Report]]] = {
    "its own": lambda handler, kind: handler.reconcile("o-t", "copy", kind),
    "a tick": lambda handler, _kind: handler.resync(),
    "its namespace's": lambda handler, _kind: handler.reconcile_namespace("o-t"),
}


def told(workbench: Workbench, path: str) -> list[tuple[str, str]]:
    """Return the reason and the message of all Events about an object."""
    namespace, name = path.split("/")
    events = workbench.api.request("GET", f"/api/v1/namespaces/{namespace}/events").body["items"]
    return [
        (each["reason"], each["message"])
        for each in events
        if each["involvedObject"]["name"] == name and each["source"]["component"] == "kn-mirror"
    ]


def reasons(report: Report) -> str:
    """Return all that the audit log says of a pull mirror."""
    return "\n".join(each.because for each in report.outcomes if each.target.path == COPY)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("case", CASES)
def test_whatever_is_not_there_for_it_a_pull_mirrors_owner_learns_the_same(
    workbench: Workbench, handler: Handler, kind: str, case: str, event: str
) -> None:
    arrange, reason = CASES[case]
    arrange(workbench, handler, kind)
    write(workbench, COPY, "", kind, {names.REFLECTS: NAMED})

    report = EVENTS[event](handler, kind)

    sentence = (
        f"{kind} {NAMED} is not there, or does not permit mirrors in namespace o-t. Ask whoever "
        "owns it, and see that kn-mirror.dev/accept of namespace o-t names it, if it is there. "
        "(KM501)"
    )
    assert told(workbench, COPY) == [("PullMirrorRefused", sentence)]
    assert reason in reasons(report)


def test_what_is_in_its_own_namespace_the_owner_is_told_as_it_is(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write(workbench, "o-t/own", "one", kind)
    write(workbench, COPY, "", kind, {names.REFLECTS: "o-t/own"})

    handler.reconcile("o-t", "copy", kind)

    [(_, message)] = told(workbench, COPY)
    assert "o-t/own permits no mirrors: reflection-allowed is not true" in message


def test_a_circle_in_its_own_namespace_is_named(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write(workbench, "o-t/own", "", kind, {names.REFLECTS: COPY})
    write(workbench, COPY, "", kind, {names.REFLECTS: "o-t/own"})

    handler.reconcile("o-t", "copy", kind)

    [(_, message)] = told(workbench, COPY)
    assert "o-t/copy → o-t/own → o-t/copy is a circle" in message


def test_when_others_write_what_it_names_a_refused_pull_mirror_is_told_nothing(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """An Event at each renewal would tell of each."""
    source(ALLOWED | {names.ALLOWED_NAMESPACES: "red"})(workbench, handler, kind)
    write(workbench, COPY, "", kind, {names.REFLECTS: NAMED})
    handler.resync()
    handler.resync()
    forget_events(workbench, "o-t")

    renewed = {"metadata": {"annotations": {names.ALLOWED_NAMESPACES: "blue"}}}
    workbench.patch(kind, "o-v", "payroll-db", renewed)
    handler.reconcile("o-v", "payroll-db", kind)
    handler.resync()
    workbench.delete(kind, "o-v", "payroll-db")
    gone = handler.reconcile_deletion("o-v", "payroll-db", kind)
    handler.resync()

    assert told(workbench, COPY) == []
    assert "was never there" in reasons(gone)


def test_a_pull_mirror_that_was_filled_is_told_by_the_next_tick_that_it_is_refused(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    source(ALLOWED)(workbench, handler, kind)
    write(workbench, COPY, "", kind, {names.REFLECTS: NAMED})
    handler.resync()

    withdrawn = {"metadata": {"annotations": {names.ALLOWED: "false"}}}
    workbench.patch(kind, "o-v", "payroll-db", withdrawn)
    handler.reconcile("o-v", "payroll-db", kind)
    handler.resync()

    assert [reason for reason, _ in told(workbench, COPY)] == ["PullMirrorRefused"]


def forget_events(workbench: Workbench, namespace: str) -> None:
    """Let the Events of a namespace be over, as an hour does."""
    path = f"/api/v1/namespaces/{namespace}/events"
    for each in workbench.api.request("GET", path).body["items"]:
        workbench.api.request("DELETE", f"{path}/{each['metadata']['name']}")


OURS: Final = {names.REFLECTS: NAMED, names.AUTO_REFLECTS: "True"}
# What may be in a mirror's place, and the word of it that the audit log has.
IN_THE_WAY: Final[Mapping[str, tuple[Mapping[str, str], str]]] = {
    "an object of theirs": ({}, "is not a mirror of"),
    "another's mirror": (
        {names.REFLECTS: "third/hidden", names.AUTO_REFLECTS: "True"},
        "is a mirror of third/hidden",
    ),
    "a certificate": (OURS | {names.CERTIFICATE: "shop-tls"}, "for Certificate shop-tls"),
    "a source": (OURS | ALLOWED, "is a source of its own"),
    "a copy": (OURS | {names.PLACE: "Secret/third/hidden"}, "was copied from the mirror"),
}


@pytest.mark.parametrize("thing", IN_THE_WAY)
def test_whatever_is_in_a_mirrors_place_a_sources_owner_learns_the_same(
    workbench: Workbench, handler: Handler, kind: str, thing: str
) -> None:
    annotations, reason = IN_THE_WAY[thing]
    write(workbench, "o-t/payroll-db", "theirs", kind, annotations)
    write(workbench, NAMED, "one", kind, TO_TENANT)

    report = handler.reconcile("o-v", "payroll-db", kind)

    conflicts = [each for each in report.outcomes if each.action is Action.CONFLICT]
    [conflict] = [each for each in conflicts if each.source.path == NAMED]
    assert reason in conflict.because
    sentence = (
        f"{kind} o-t/payroll-db is not a mirror of {NAMED}. It was left as it is. To let "
        f"kn-mirror take it over, annotate it kn-mirror.dev/adopt={NAMED}, and then run "
        f"`kubectl mirror sync {NAMED}` or wait for the next tick. What it is, `kubectl "
        f"describe {kind.lower()} payroll-db --namespace=o-t` tells whoever may read it. "
        "(KM401)"
    )
    assert told(workbench, NAMED) == [("MirrorConflict", sentence)]


LATER: Final = "third/payroll-db"


@pytest.fixture
def rivals(workbench: Workbench, handler: Handler, kind: str) -> Handler:
    """kn-mirror, with the mirror of the first of two sources that want it, both of others."""
    write(workbench, NAMED, "first", kind, TO_TENANT)
    handler.reconcile("o-v", "payroll-db", kind)
    write(workbench, LATER, "second", kind, TO_TENANT)
    return handler


def test_the_owners_of_two_sources_that_want_one_place_do_not_learn_of_each_other(
    workbench: Workbench, rivals: Handler, kind: str
) -> None:
    """The audit log names both."""
    report = rivals.reconcile("third", "payroll-db", kind)

    [(reason, first)] = told(workbench, NAMED)
    [(_, second)] = told(workbench, LATER)
    assert reason == "MirrorConflict"
    assert first.startswith("Another source wants mirrors called payroll-db, too, where those of")
    assert "third" not in first
    assert "o-v" not in second
    logged = [each.because for each in report.outcomes if each.action is Action.CONFLICT]
    assert any(f"is a mirror of {NAMED}" in each for each in logged)
    assert any(each.startswith(f"{LATER} wants mirrors called payroll-db") for each in logged)


def test_whoever_comes_second_for_a_free_place_does_not_learn_who_comes_first(
    workbench: Workbench, rivals: Handler, kind: str
) -> None:
    workbench.delete(kind, "o-t", "payroll-db")

    rivals.reconcile("third", "payroll-db", kind)

    [(_, message)] = told(workbench, LATER)
    assert message.startswith(f"{kind} o-t/payroll-db is not made for {LATER}: another source")
    assert "o-v" not in message
