"""Invariant 7: no old version of a source wins over a newer one, and none leaves an orphan.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.errors import Unavailable
from mirroring.reporting.reports import Action
from tests.e2e.invariants import renew_source, values, write_source
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


def test_a_handler_that_was_overtaken_does_not_write_its_older_version(
    workbench: Workbench, new_handler: Callable[[], Handler], apps: list[str]
) -> None:
    """Guards `lock` in `Cluster.patch`."""
    slow, fast = new_handler(), new_handler()
    write_source(workbench, "one")
    workbench.annotate("Secret", "prod", "tls", {names.AUTO_NAMESPACES: apps[0]})
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


def test_a_former_source_loses_its_label_though_a_mirror_changed_during_the_withdrawal(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards that what is done last is not forgotten when the look is narrowed to what changed."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.ALLOWED: "false"})

    def touch() -> None:
        workbench.annotate("Secret", apps[0], "tls", {"team": "edits"})

    handler.before("DELETE", f"/{apps[0]}/", touch)
    handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [None] * 5
    source = workbench.get("Secret", "prod", "tls")
    assert source is not None
    assert names.ROLE not in source["metadata"].get("labels", {})


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
