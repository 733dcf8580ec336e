"""Invariant 8: nothing changed, nothing written.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.reporting.reports import Action
from tests.e2e.invariants import values, write_source

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


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
        {"metadata": {"labels": {names.SOURCE: None}}},
        {"metadata": {"annotations": {names.CONTENT_HASH: "0-0"}}},
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
