"""Invariants 4, 6 and 9: nothing is lost for good, and not knowing permits no deletion.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.reporting.reports import Action
from tests.e2e.invariants import TO_APPS, values, write_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


# 9. Terminating namespaces and unknown state are no permission to delete.


def test_a_pattern_that_is_none_keeps_the_mirrors_that_are_there(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `Answer.UNKNOWN` in `plans._step_for_found`."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")

    workbench.annotate("Secret", "prod", "tls", {names.AUTO_NAMESPACES: "*-app"})
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

    report = handler.resync()

    assert values(workbench, [*apps, "app-new"]) == [b"one"] * 6
    # Five mirrors of what is gone, one that was deleted, one that was edited, one never made.
    assert report.differences == 8
    assert workbench.names("Secret", fieldSelector="metadata.name=gone") == []


def test_a_source_that_permits_no_mirrors_any_more_loses_them_and_its_label(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.ALLOWED: None})

    handler.reconcile("prod", "tls")

    left = workbench.get("Secret", "prod", "tls")
    assert left is not None
    assert names.ROLE not in left["metadata"].get("labels", {})
    assert values(workbench, apps) == [None] * 5


def test_a_repair_in_one_namespace_leaves_the_withdrawal_in_the_others_to_be_done(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Invariant 4. Guards `is_whole` in `Follower._unmark`: the label goes last."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.ALLOWED: None})
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
    workbench.annotate("Secret", "prod", "tls", {names.ALLOWED: None})
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
