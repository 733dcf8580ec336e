"""Invariants 1 to 3: what is not ours is never written, and no event is believed.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.reporting.reports import Action
from tests.e2e.invariants import EVERYWHERE, renew_source, values, write_source

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


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
    assert report.counts() == {Action.CREATED: 4, Action.CONFLICT: 1}


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
    workbench.secret(apps[0], "tls", {"mine": "yes"}, annotations={names.ADOPT: "prod/tls"})
    write_source(workbench, "one")

    handler.reconcile("prod", "tls")

    assert workbench.data(apps[0], "tls") == {"key": b"one"}


# 2. Never the source.


@pytest.mark.usefixtures("apps")
def test_the_source_stays_when_its_own_namespace_loses_permission(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards the look at the source's namespace in `bookkeeping.prove_ours`."""
    itself = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}
    workbench.secret("prod", "tls", {"key": "one"}, annotations=EVERYWHERE)
    handler.reconcile("prod", "tls")

    workbench.annotate("Secret", "prod", "tls", {names.ALLOWED_NAMESPACES: "app-.*"})
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
