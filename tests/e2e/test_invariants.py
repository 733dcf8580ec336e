"""The invariants of the design, each on a cluster; a docstring names the line that it guards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import vocabulary
from mirroring.errors import Unavailable
from mirroring.reports import Action
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.reports import Report
    from tests.clusters import Workbench
    from tests.e2e.conftest import Handler

EVERYWHERE = {vocabulary.ALLOWED: "true", vocabulary.AUTO_ENABLED: "true"}
APPS = "app-.*"
TO_APPS = EVERYWHERE | {vocabulary.AUTO_NAMESPACES: APPS, vocabulary.ALLOWED_NAMESPACES: APPS}


@pytest.fixture
def apps(workbench: Workbench) -> list[str]:
    """Five namespaces that sources of these tests may be mirrored to, beside the source's own."""
    names = [f"app-{number}" for number in range(5)]
    for name in ("prod", *names):
        workbench.namespace(name)
    return names


def write_source(workbench: Workbench, value: str) -> None:
    """Write the source prod/tls for the first time."""
    workbench.secret("prod", "tls", {"key": value}, annotations=TO_APPS)


def renew_source(workbench: Workbench, value: str) -> None:
    """Give the source another value."""
    workbench.patch("Secret", "prod", "tls", {"stringData": {"key": value}})


def values(workbench: Workbench, namespaces: list[str]) -> list[bytes | None]:
    """What each namespace's mirror holds."""
    return [(workbench.data(name, "tls") or {}).get("key") for name in namespaces]


# 1. Only what is proven ours is written or deleted.


def test_a_users_own_secret_survives_every_event_byte_for_byte(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `if not ours` in `plans._step_for_found`."""
    own = workbench.secret(apps[0], "tls", {"mine": "yes"})
    write_source(workbench, "one")

    report = handler.reconcile("prod", "tls")
    handler.reconcile(apps[0], "tls")
    handler.reconcile_namespace(apps[0])
    handler.resync()
    workbench.delete("Secret", "prod", "tls")
    handler.reconcile("prod", "tls")
    handler.resync()

    assert report.counts()[Action.CONFLICT] == 1
    assert workbench.get("Secret", apps[0], "tls") == own


def test_a_secret_that_a_user_made_since_the_plan_is_not_overwritten(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards that `Cluster.create` is a POST, and `except AlreadyExists` in `Writer.carry_out`."""
    write_source(workbench, "one")
    handler.before(
        "POST", f"/{apps[0]}/", lambda: workbench.secret(apps[0], "tls", {"mine": "yes"})
    )

    report = handler.reconcile("prod", "tls")

    assert workbench.data(apps[0], "tls") == {"mine": b"yes"}
    assert report.counts() == {Action.CREATED: 4, Action.CONFLICT: 1, Action.SKIPPED: 4}


def test_a_mirror_that_a_user_replaced_since_the_plan_is_not_deleted(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `preconditions` in `Cluster.delete`."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "prod", "tls")
    handler.before("DELETE", f"/{apps[0]}/", lambda: replace_by_own(workbench, apps[0]))

    handler.reconcile("prod", "tls")

    assert workbench.data(apps[0], "tls") == {"mine": b"yes"}


def test_a_mirror_that_a_user_replaced_since_the_plan_is_not_updated(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `lock` in `Cluster.patch`."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    renew_source(workbench, "two")
    handler.before("PATCH", f"/{apps[0]}/", lambda: replace_by_own(workbench, apps[0]))

    handler.reconcile("prod", "tls")

    assert workbench.data(apps[0], "tls") == {"mine": b"yes"}


def replace_by_own(workbench: Workbench, namespace: str) -> None:
    """Put a Secret of one's own where a mirror was."""
    workbench.delete("Secret", namespace, "tls")
    workbench.secret(namespace, "tls", {"mine": "yes"}, annotations={"team": "shop"})


def test_a_secret_handed_over_by_its_owner_becomes_the_mirror(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    workbench.secret(apps[0], "tls", {"mine": "yes"}, annotations={vocabulary.ADOPT: "prod/tls"})
    write_source(workbench, "one")

    handler.reconcile("prod", "tls")

    assert workbench.data(apps[0], "tls") == {"key": b"one"}


# 2. Never the source.


@pytest.mark.usefixtures("apps")
def test_the_source_stays_when_its_own_namespace_loses_permission(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards the look at the source's namespace in `bookkeeping.prove_ours`."""
    itself = {vocabulary.REFLECTS: "prod/tls", vocabulary.AUTO_REFLECTS: "True"}
    workbench.secret("prod", "tls", {"key": "one"}, annotations=EVERYWHERE)
    handler.reconcile("prod", "tls")

    workbench.annotate("Secret", "prod", "tls", {vocabulary.ALLOWED_NAMESPACES: "app-.*"})
    handler.reconcile("prod", "tls")
    handler.reconcile_namespace("prod")
    workbench.annotate("Secret", "prod", "tls", itself)
    handler.reconcile("prod", "tls")
    handler.resync()

    assert workbench.data("prod", "tls") == {"key": b"one"}


# 3. An event is a hint.


@pytest.mark.usefixtures("apps")
def test_an_event_about_what_never_was_changes_nothing(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards that `Mirroring.reconcile` reads before it acts."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    before = workbench.objects("Secret")

    handler.reconcile("prod", "never-was")
    handler.reconcile("nowhere", "tls")
    handler.reconcile_namespace("nowhere")

    assert workbench.objects("Secret") == before


def test_a_delete_event_for_a_source_that_lives_withdraws_nothing(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `found is None` in `Mirroring.reconcile`: the verb is not even told to it."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")

    handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [b"one"] * 5


# 7. No stale overwrite.


def test_a_handler_that_was_overtaken_does_not_write_its_older_version(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards `lock` in `Cluster.patch`."""
    slow, fast = new_handler(), new_handler()
    write_source(workbench, "one")
    workbench.annotate("Secret", "prod", "tls", {vocabulary.AUTO_NAMESPACES: apps[0]})
    fast.reconcile("prod", "tls")
    renew_source(workbench, "two")

    def overtake() -> None:
        renew_source(workbench, "three")
        fast.reconcile("prod", "tls")

    slow.before("PATCH", "/app-", overtake)
    report = slow.reconcile("prod", "tls")

    assert values(workbench, apps[:1]) == [b"three"]
    assert report.counts()[Action.UPDATED] == 0


def test_a_plan_is_never_older_than_a_mirror_that_it_looks_at(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards that `Follower._try_once` reads the source after the targets."""
    slow, fast = new_handler(), new_handler()
    write_source(workbench, "one")
    fast.reconcile("prod", "tls")

    def overtake() -> None:
        renew_source(workbench, "two")
        fast.reconcile("prod", "tls")

    slow.before("GET", "/api/v1/secrets", overtake)
    report = slow.reconcile("prod", "tls")

    assert values(workbench, apps) == [b"two"] * 5
    assert report.counts()[Action.UPDATED] == 0


def test_a_renewal_during_the_fan_out_reaches_every_mirror_though_its_event_is_lost(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards the second look at the source in `Follower._try_once`."""
    write_source(workbench, "one")
    handler.before("POST", "/app-", lambda: renew_source(workbench, "two"), nth=3)

    handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [b"two"] * 5


def test_a_source_deleted_during_its_fan_out_leaves_no_orphan(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards the second look at the source in `Follower._try_once`."""
    slow, cleanup = new_handler(), new_handler()
    write_source(workbench, "one")

    def delete_and_clean_up() -> None:
        workbench.delete("Secret", "prod", "tls")
        cleanup.reconcile("prod", "tls")

    slow.before("POST", "/app-", delete_and_clean_up, nth=3)
    slow.reconcile("prod", "tls")

    assert values(workbench, apps) == [None] * 5


def test_a_source_deleted_while_its_mirror_is_made_for_a_new_namespace_leaves_no_orphan(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards the second look at the sources in `Filler._write_and_look_again`."""
    slow, cleanup = new_handler(), new_handler()
    write_source(workbench, "one")
    cleanup.reconcile("prod", "tls")
    workbench.namespace("app-new")

    def delete_and_clean_up() -> None:
        workbench.delete("Secret", "prod", "tls")
        cleanup.reconcile("prod", "tls")

    slow.before("POST", "/app-new/", delete_and_clean_up)
    slow.reconcile_namespace("app-new")

    assert values(workbench, [*apps, "app-new"]) == [None] * 6


def test_renewals_racing_with_events_of_all_kinds_end_with_the_newest(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards the protocol as a whole."""
    write_source(workbench, "0")
    handlers = [new_handler() for _ in range(4)]

    def renew_and_tell(number: int) -> None:
        renew_source(workbench, str(number))
        deliver(lambda: handlers[number % 4].reconcile("prod", "tls"))

    renewals = [partial(renew_and_tell, number) for number in range(1, 16)]
    others = [
        partial(deliver, partial(handlers[turn % 4].reconcile_namespace, apps[turn % 5]))
        for turn in range(15)
    ]
    with ThreadPoolExecutor(6) as threads:
        results = [threads.submit(event) for event in (*renewals, *others)]

    newest = workbench.data("prod", "tls")
    assert newest is not None
    assert [result.exception() for result in results] == [None] * 30
    assert values(workbench, apps) == [newest["key"]] * 5


def deliver(event: Callable[[], Report]) -> None:
    """Have an event handled, again and again where it is put back, as Knative delivers it."""

    def is_handled() -> bool:
        with suppress(Unavailable):
            return not event().must_retry
        return False

    eventually(is_handled)


# 8. Nothing changed → nothing written.


def test_nothing_is_written_when_nothing_changed(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `Keep` in `plans._step_for_found`: every resourceVersion stays what it is."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    before = workbench.objects("Secret")

    handler.reconcile("prod", "tls")
    handler.reconcile(apps[0], "tls")
    handler.reconcile_namespace(apps[0])
    handler.resync()

    assert workbench.objects("Secret") == before


def test_a_label_on_the_source_is_no_reason_to_write_its_mirrors(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards that `plans._difference` compares contents, not resourceVersions."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    before = [workbench.get("Secret", name, "tls") for name in apps]

    workbench.patch("Secret", "prod", "tls", {"metadata": {"labels": {"team": "shop"}}})
    handler.reconcile("prod", "tls")
    handler.resync()

    assert [workbench.get("Secret", name, "tls") for name in apps] == before


def test_only_the_mirror_that_was_edited_is_written(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `suspicion` in `plans._step_for_found`."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.patch("Secret", apps[0], "tls", {"stringData": {"key": "edited"}})

    report = handler.reconcile(apps[0], "tls")

    assert values(workbench, apps) == [b"one"] * 5
    assert report.counts() == {Action.UPDATED: 1}


@pytest.mark.parametrize(
    "edit",
    [
        {"data": {"key": None}},
        {"stringData": {"extra": "x"}},
        {"stringData": {"key": ""}},
        {"metadata": {"labels": {vocabulary.SOURCE: None}}},
        {"metadata": {"annotations": {vocabulary.CONTENT_HASH: "0-0"}}},
    ],
    ids=["key removed", "key added", "value emptied", "label removed", "hash forged"],
)
def test_an_edit_of_any_kind_is_undone(
    workbench: Workbench, handler: Handler, apps: list[str], edit: dict[str, Any]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    made = workbench.get("Secret", apps[0], "tls")
    workbench.patch("Secret", apps[0], "tls", edit)

    handler.reconcile("prod", "tls")

    repaired = workbench.get("Secret", apps[0], "tls")
    assert made is not None
    assert repaired is not None
    assert repaired["data"] == made["data"]
    assert repaired["metadata"]["labels"] == made["metadata"]["labels"]


# 9. Terminating namespaces and unknown state are no permission to delete.


def test_a_pattern_that_is_none_keeps_the_mirrors_that_are_there(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `Answer.UNKNOWN` in `plans._step_for_found`."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")

    workbench.annotate("Secret", "prod", "tls", {vocabulary.AUTO_NAMESPACES: "*-app"})
    report = handler.reconcile("prod", "tls")
    handler.resync()

    assert values(workbench, apps) == [b"one"] * 5
    assert report.counts()[Action.FAILED] == 1


def test_a_terminating_namespace_gets_no_mirror(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `namespace.terminating` in `plans._step`."""
    workbench.patch("Namespace", "", apps[0], {"metadata": {"finalizers": ["kn-mirror.dev/test"]}})
    workbench.delete_namespace(apps[0], wait=False)
    write_source(workbench, "one")
    handler.before("POST", f"/{apps[0]}/", lambda: pytest.fail("tried to make it all the same"))

    handler.reconcile("prod", "tls")
    handler.reconcile_namespace(apps[0])

    assert values(workbench, apps) == [None, b"one", b"one", b"one", b"one"]


def test_a_namespace_that_begins_to_terminate_under_way_is_no_failure(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `NamespaceTerminating` in `answers.refusal`."""
    workbench.patch("Namespace", "", apps[0], {"metadata": {"finalizers": ["kn-mirror.dev/test"]}})
    write_source(workbench, "one")
    handler.before("POST", f"/{apps[0]}/", lambda: workbench.delete_namespace(apps[0], wait=False))

    report = handler.reconcile("prod", "tls")

    assert report.counts()[Action.FAILED] == 0
    assert not report.must_retry


# 4. Nothing is lost for good.


def test_a_resync_repairs_what_lost_events_left(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    workbench.secret("prod", "gone", {"a": "b"}, annotations=TO_APPS)
    handler.resync()
    workbench.delete("Secret", "prod", "gone")
    workbench.delete("Secret", apps[0], "tls")
    workbench.patch("Secret", apps[1], "tls", {"stringData": {"key": "edited"}})
    workbench.namespace("app-new")

    handler.resync()

    assert values(workbench, [*apps, "app-new"]) == [b"one"] * 6
    assert workbench.names("Secret", fieldSelector="metadata.name=gone") == []


def test_a_source_that_permits_no_mirrors_any_more_loses_them_and_its_label(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {vocabulary.ALLOWED: None})

    handler.reconcile("prod", "tls")

    left = workbench.get("Secret", "prod", "tls")
    assert left is not None
    assert vocabulary.ROLE not in left["metadata"].get("labels", {})
    assert values(workbench, apps) == [None] * 5


def test_a_repair_in_one_namespace_leaves_the_withdrawal_in_the_others_to_be_done(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Invariant 4. Guards `is_whole` in `Follower._unmark`: the label goes last."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {vocabulary.ALLOWED: None})
    workbench.patch("Secret", apps[0], "tls", {"stringData": {"key": "edited"}})

    handler.reconcile(apps[0], "tls")
    handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [None] * 5


def test_two_handlers_that_withdraw_at_the_same_time_are_no_failure(
    workbench: Workbench,
    handler: Handler,
    new_handler: Callable[[], Handler],
    apps: list[str],
) -> None:
    """Invariant 6. Guards that `replace_entries` sets the labels whole."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {vocabulary.ALLOWED: None})
    other = new_handler()
    handler.before("PATCH", "/prod/", lambda: other.reconcile("prod", "tls"))

    report = handler.reconcile("prod", "tls")

    assert not report.must_retry
    assert values(workbench, apps) == [None] * 5


def test_config_maps_are_mirrored_with_their_binary_data(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    content: dict[str, str | bytes] = {"text": "a", "binary": b"\xff\x00"}
    workbench.config_map("prod", "ca", content, annotations=TO_APPS)

    handler.reconcile("prod", "ca", "ConfigMap")

    assert workbench.data(apps[0], "ca", "ConfigMap") == {"text": b"a", "binary": b"\xff\x00"}


def test_a_mirror_deleted_by_hand_comes_back(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", apps[0], "tls")

    handler.reconcile(apps[0], "tls")

    assert values(workbench, apps) == [b"one"] * 5


def test_a_source_that_changed_its_type_has_its_mirrors_made_anew(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "prod", "tls")
    workbench.secret("prod", "tls", {"key": "two"}, annotations=TO_APPS, type="example.com/own")

    handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [b"two"] * 5
