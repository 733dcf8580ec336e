"""Moves: a source goes to another namespace, where a mirror of it is, and its mirrors follow.

Its owner applies its manifest there, or has cert-manager issue it there, and deletes the former
one; events come in any order.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.errors import Forbidden
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Limits, Side
from tests.e2e.invariants import (
    EVERYWHERE,
    TO_APPS,
    renew_source,
    told_of,
    values,
    write,
    write_source,
)
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

NEW = "app-0"
OTHERS = ["app-1", "app-2", "app-3", "app-4"]


def metadata(workbench: Workbench, namespace: str, kind: str = "Secret") -> dict[str, Any]:
    found = workbench.get(kind, namespace, "tls")
    assert found is not None
    return dict(found["metadata"])


def apply_source(workbench: Workbench, namespace: str, value: str, kind: str = "Secret") -> None:
    """Write the source's manifest onto what is there, as `kubectl apply` does."""
    content = {"stringData": {"key": value}} if kind == "Secret" else {"data": {"key": value}}
    workbench.patch(kind, namespace, "tls", {"metadata": {"annotations": TO_APPS}, **content})


def test_a_mirror_that_its_owner_makes_a_source_of_is_left_to_them(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """R03 before the former source goes."""
    workbench.patch(kind, NEW, "tls", {"metadata": {"labels": {"team": "shop"}}})
    apply_source(workbench, NEW, "two", kind)

    report = mirrored.reconcile(NEW, "tls", kind)
    mirrored.reconcile("prod", "tls", kind)
    mirrored.resync()

    found = metadata(workbench, NEW, kind)
    assert values(workbench, [NEW, *OTHERS], kind) == [b"two", *[b"one"] * 4]
    assert found["labels"] == {names.ROLE: names.ROLE_SOURCE, "team": "shop"}
    assert found["annotations"] == {**TO_APPS, names.SUCCEEDS: "prod/tls"}
    assert told_of(report) == {
        *((f"{NEW}/tls", f"{name}/tls") for name in OTHERS),
        ("prod/tls", f"{NEW}/tls"),
    }


EVENTS: dict[str, Callable[[Handler, str], object]] = {
    "of the new one": lambda handler, kind: handler.reconcile(NEW, "tls", kind),
    "of the new one that is no mirror any more": lambda handler, kind: handler.reconcile_deletion(
        NEW, "tls", kind
    ),
    "of the former one that is gone": lambda handler, kind: handler.reconcile_deletion(
        "prod", "tls", kind
    ),
    "of another mirror": lambda handler, kind: handler.reconcile("app-1", "tls", kind),
}


@pytest.mark.parametrize("order", list(permutations(EVENTS)), ids=", ".join)
def test_mirrors_follow_a_source_that_moved_in_whatever_order_events_come(
    workbench: Workbench, mirrored: Handler, order: tuple[str, ...], kind: str
) -> None:
    apply_source(workbench, NEW, "two", kind)
    workbench.delete(kind, "prod", "tls")

    with mirrored.requests() as asked:
        for event in order:
            EVENTS[event](mirrored, kind)

    assert values(workbench, ["prod", NEW, *OTHERS], kind) == [None, *[b"two"] * 5]
    assert [each for each in asked if each.startswith("DELETE")] == []


@pytest.mark.parametrize("between", [(), ("resync",), ("new",), ("new", "resync")], ids=str)
def test_mirrors_follow_a_source_that_moved_by_ticks_alone(
    workbench: Workbench, mirrored: Handler, between: tuple[str, ...], kind: str
) -> None:
    apply_source(workbench, NEW, "two", kind)
    for event in between:
        mirrored.resync() if event == "resync" else mirrored.reconcile(NEW, "tls", kind)
    workbench.delete(kind, "prod", "tls")

    with mirrored.requests() as asked:
        mirrored.resync()
        mirrored.resync()

    assert values(workbench, ["prod", NEW, *OTHERS], kind) == [None, *[b"two"] * 5]
    assert [each for each in asked if each.startswith("DELETE")] == []
    assert names.SUCCEEDS not in metadata(workbench, NEW, kind)["annotations"]


def test_mirrors_follow_a_source_whose_former_one_only_permits_nothing_any_more(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    apply_source(workbench, NEW, "two", kind)
    mirrored.reconcile(NEW, "tls", kind)
    permits_none = {"metadata": {"annotations": {names.ALLOWED: None}}}
    workbench.patch(kind, "prod", "tls", permits_none)

    mirrored.reconcile("prod", "tls", kind)

    assert values(workbench, ["prod", NEW, *OTHERS], kind) == [b"one", *[b"two"] * 5]
    assert names.ROLE not in metadata(workbench, "prod", kind).get("labels", {})


def test_a_mirror_says_from_which_source_it_was_taken_over_until_it_is_written_again(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """By which the policy `guard` tells it from an overwritten one."""
    apply_source(workbench, NEW, "two", kind)
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)
    taken_over = metadata(workbench, "app-1", kind)["annotations"]

    apply_source(workbench, NEW, "three", kind)
    mirrored.reconcile(NEW, "tls", kind)

    assert taken_over[names.SUCCEEDS] == "prod/tls"
    assert taken_over[names.REFLECTS] == f"{NEW}/tls"
    assert names.SUCCEEDS not in metadata(workbench, "app-1", kind)["annotations"]


def test_what_the_new_source_does_not_want_goes_with_the_former_one(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    apply_source(workbench, NEW, "two", kind)
    fewer = {"metadata": {"annotations": {names.AUTO_NAMESPACES: "app-[12]"}}}
    workbench.patch(kind, NEW, "tls", fewer)
    workbench.delete(kind, "prod", "tls")

    mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, OTHERS, kind) == [b"two", b"two", None, None]


def test_a_new_namespace_has_the_mirror_of_the_former_source_while_that_is_there(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    apply_source(workbench, NEW, "two", kind)
    mirrored.reconcile(NEW, "tls", kind)
    workbench.delete(kind, "prod", "tls")
    workbench.namespace("app-new")

    mirrored.reconcile_namespace("app-new")
    mirrored.reconcile_namespace("app-1")

    assert values(workbench, ["app-new", "app-1", "app-2"], kind) == [b"two", b"two", b"one"]


def test_another_source_of_the_name_that_was_no_mirror_takes_nothing_over(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Whoever deletes a source to have it issued again finds all its places empty, its own too."""
    workbench.namespace("team")
    workbench.secret("team", "tls", {"key": "theirs"}, annotations=EVERYWHERE)
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "prod", "tls")

    handler.reconcile_deletion("prod", "tls")

    assert values(workbench, ["prod", *apps]) == [None] * 6


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_heir_that_goes_while_it_takes_over_leaves_no_orphan(
    workbench: Workbench, mirrored: Handler, kind: str, nth: int
) -> None:
    """Guards the look at heirs in `Reconciler._again`."""
    apply_source(workbench, NEW, "two", kind)
    workbench.delete(kind, "prod", "tls")
    mirrored.before("GET", f"/{NEW}/", lambda: workbench.delete(kind, NEW, "tls"), nth=nth)

    mirrored.reconcile_deletion("prod", "tls", kind)
    mirrored.reconcile_deletion(NEW, "tls", kind)

    assert values(workbench, OTHERS, kind) == [None] * 4


@pytest.mark.parametrize("event", ["a namespace", "a tick"])
def test_a_source_that_lost_its_label_is_succeeded_by_nobody(
    workbench: Workbench, mirrored: Handler, kind: str, event: str
) -> None:
    """Guards `RowApplier.is_source_now`: lists by label do not show it, though it is there."""
    apply_source(workbench, NEW, "two", kind)
    mirrored.reconcile(NEW, "tls", kind)
    workbench.namespace("kn-mirror")
    mirrored.full_resync_interval = 3600
    mirrored.resync()
    workbench.patch(kind, "prod", "tls", {"metadata": {"labels": {names.ROLE: None}}})

    mirrored.reconcile_namespace("app-1") if event == "a namespace" else mirrored.resync()

    assert values(workbench, ["prod", NEW, *OTHERS], kind) == [b"one", b"two", *[b"one"] * 4]


def test_a_source_that_is_made_again_in_time_keeps_its_mirrors(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """Guards the same: it was gone when the cluster was looked at."""
    apply_source(workbench, NEW, "two", kind)
    mirrored.reconcile(NEW, "tls", kind)
    workbench.delete(kind, "prod", "tls")
    mirrored.before("GET", f"/{NEW}/", lambda: write_source(workbench, "three", kind))

    mirrored.resync()

    assert values(workbench, ["prod", NEW, *OTHERS], kind) == [b"three", b"two", *[b"three"] * 4]


def test_a_copy_of_a_mirror_that_was_made_a_source_of_stays_its_makers(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """Guards that `succeeds` alone is taken off: what says where it was written stays."""
    apply_source(workbench, NEW, "two", kind)
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)
    body = workbench.get(kind, "app-1", "tls")
    assert body is not None
    workbench.namespace("team")
    kept = {key: body["metadata"][key] for key in ("labels", "annotations")}
    workbench.create(path_of(kind, "team"), {**body, "metadata": {"name": "tls", **kept}})
    workbench.annotate(kind, "team", "tls", {names.ALLOWED: "true"})
    mirrored.reconcile("team", "tls", kind)
    workbench.annotate(kind, "team", "tls", {names.ALLOWED: None})

    mirrored.reconcile("team", "tls", kind)
    mirrored.resync()

    assert values(workbench, ["team", *apps], kind) == [b"two"] * 6


def test_a_namespace_that_may_have_no_sources_takes_nothing_over(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    handler.limits = Limits(sources=Side(Globs.parse("prod")))
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    apply_source(workbench, NEW, "two")
    handler.reconcile(NEW, "tls")
    workbench.delete("Secret", "prod", "tls")

    handler.reconcile_deletion("prod", "tls")
    handler.resync()

    assert values(workbench, apps) == [b"two", None, None, None, None]


def test_a_source_that_moves_back_is_followed_too(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    anywhere = {names.AUTO_NAMESPACES: "", names.ALLOWED_NAMESPACES: ""}
    apply_source(workbench, NEW, "two", kind)
    workbench.patch(kind, NEW, "tls", {"metadata": {"annotations": anywhere}})
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)
    mirrored.reconcile(NEW, "tls", kind)
    assert values(workbench, ["prod"], kind) == [b"two"]

    apply_source(workbench, "prod", "three", kind)
    mirrored.reconcile("prod", "tls", kind)
    workbench.delete(kind, NEW, "tls")
    mirrored.reconcile_deletion(NEW, "tls", kind)

    assert values(workbench, ["prod", *OTHERS], kind) == [b"three"] * 5


def test_a_renewal_of_what_moved_costs_no_more_than_before(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    with handler.requests() as before:
        renew_source(workbench, "two")
        handler.reconcile("prod", "tls")
    apply_source(workbench, NEW, "three")
    workbench.delete("Secret", "prod", "tls")
    handler.reconcile_deletion("prod", "tls")
    handler.resync()

    workbench.patch("Secret", NEW, "tls", {"stringData": {"key": "four"}})
    with handler.requests() as after:
        handler.reconcile(NEW, "tls")

    assert values(workbench, apps) == [b"four"] * 5
    assert len(after) == len(before) - 1


CLAIMED: dict[str, Callable[[Handler, str], object]] = {
    "of its own": lambda handler, kind: handler.reconcile("team", "tls", kind),
    "of time": lambda handler, _kind: handler.resync(),
    "none": lambda _handler, _kind: None,
}


@pytest.mark.parametrize("noted", [{}, {names.CONTENT_HASH: "v1-guessed"}], ids=str)
@pytest.mark.parametrize("event", CLAIMED)
def test_a_source_that_only_says_it_was_a_mirror_takes_nothing_over(
    workbench: Workbench,
    mirrored: Handler,
    kind: str,
    event: str,
    noted: dict[str, str],
) -> None:
    """F23: every mirror held the attacker's content as soon as the source was gone."""
    record = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}
    for name in ("kn-mirror", "team"):
        workbench.namespace(name)
    write(workbench, "team/tls", "theirs", kind, TO_APPS | record | noted)
    workbench.patch(kind, "team", "tls", {"metadata": {"labels": {names.ROLE: names.ROLE_SOURCE}}})
    CLAIMED[event](mirrored, kind)
    workbench.delete(kind, "prod", "tls")

    mirrored.reconcile_deletion("prod", "tls", kind)

    assert b"theirs" not in values(workbench, [NEW, *OTHERS], kind)
    assert names.SUCCEEDS not in metadata(workbench, "team", kind)["annotations"]


def forge(workbench: Workbench, kind: str) -> None:
    """Say in one namespace that something is a mirror of prod/tls, in another that its heir is."""
    for name in ("kn-mirror", "team", "team-2"):
        workbench.namespace(name)
    record = {
        names.REFLECTS: "prod/tls",
        names.AUTO_REFLECTS: "True",
        names.CONTENT_HASH: "v1-forged",
    }
    write(workbench, "team-2/tls", "theirs", kind, record | {names.PLACE: f"{kind}/team-2/tls"})
    write(workbench, "team/tls", "theirs", kind, TO_APPS | record)


@pytest.mark.parametrize("is_gone", [False, True], ids=["of one that is there", "that is gone"])
def test_who_forges_a_mirror_and_its_heir_is_no_heir(
    workbench: Workbench, mirrored: Handler, kind: str, *, is_gone: bool
) -> None:
    """H4: a hash that one wrote on both sides proved that one had what the other holds."""
    forge(workbench, kind)
    for name, role in (("team", names.ROLE_SOURCE), ("team-2", names.ROLE_MIRROR)):
        workbench.patch(kind, name, "tls", {"metadata": {"labels": {names.ROLE: role}}})
    if is_gone:
        workbench.delete(kind, "prod", "tls")

    mirrored.reconcile("team", "tls", kind)

    assert names.SUCCEEDS not in metadata(workbench, "team", kind)["annotations"]
    workbench.delete(kind, "prod", "tls") if not is_gone else None
    mirrored.reconcile_deletion("prod", "tls", kind)
    assert b"theirs" not in values(workbench, [NEW, *OTHERS], kind)


def refuse_in_full(method: str, path: str) -> None:
    """Let nothing be made in namespace full, as a quota may."""
    if method == "POST" and "/full/" in path:
        raise Forbidden("exceeded quota")


@pytest.mark.parametrize("event", ["of the heir", "of time"])
@pytest.mark.parametrize("fails", [False, True], ids=["all its own done", "one of its own failing"])
def test_who_forges_both_before_a_source_is_there_is_no_heir_where_that_permits_no_mirror(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str], event: str, *, fails: bool
) -> None:
    """It was noted while nothing else was a mirror of that, and held for what came by that name."""
    forge(workbench, kind)
    workbench.annotate(kind, "team", "tls", {names.AUTO_NAMESPACES: "nowhere"})
    handler.reconcile("team", "tls", kind)
    assert metadata(workbench, "team", kind)["annotations"][names.SUCCEEDS] == "prod/tls"
    write(workbench, "prod/tls", "one", kind, TO_APPS)
    handler.reconcile("prod", "tls", kind)
    workbench.annotate(kind, "team", "tls", TO_APPS)
    if fails:
        handler.transport.before = refuse_in_full
        workbench.namespace("full")
        workbench.annotate(kind, "team", "tls", {names.AUTO_NAMESPACES: "full"})
        workbench.annotate(kind, "team", "tls", {names.ALLOWED_NAMESPACES: "full|app-.*"})

    handler.resync() if event == "of time" else handler.reconcile("team", "tls", kind)

    assert names.SUCCEEDS not in metadata(workbench, "team", kind)["annotations"]
    workbench.delete(kind, "prod", "tls")
    handler.reconcile_deletion("prod", "tls", kind)
    assert values(workbench, apps, kind) == [None] * 5
