"""Whole writes: what replaces an object, its annotations and labels too, in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring import names
from tests.e2e.invariants import told_of, values, write
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


def replace_whole(workbench: Workbench, namespace: str, value: str, kind: str) -> None:
    """Write an object as `kubectl replace` does of a manifest without annotations."""
    content = {"stringData": {"key": value}} if kind == "Secret" else {"data": {"key": value}}
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "tls"}, **content}
    assert workbench.api.request("PUT", path_of(kind, namespace, "tls"), body)


def test_mirrors_go_when_annotations_and_labels_of_their_source_went_in_one_write(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """R04: what is watched by its label is told as deleted."""
    replace_whole(workbench, "prod", "private", kind)

    mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"private", *[None] * 5]


def test_mirrors_go_when_their_source_is_made_again_without_annotations(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """R05: both before the first event is handled."""
    workbench.delete(kind, "prod", "tls")
    write(workbench, "prod/tls", "private", kind)

    mirrored.reconcile("prod", "tls", kind)
    mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"private", *[None] * 5]


def test_mirrors_go_by_the_tick_where_no_label_is_watched(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    replace_whole(workbench, "prod", "private", kind)
    mirrored.reconcile("prod", "tls", kind)

    mirrored.resync()

    assert values(workbench, apps, kind) == [None] * 5


def test_a_source_that_is_made_again_as_a_pull_mirror_leaves_no_mirror_of_its_own(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    workbench.namespace("other")
    write(workbench, "other/tls", "pulled", kind, {names.ALLOWED: "true"})
    workbench.delete(kind, "prod", "tls")
    write(workbench, "prod/tls", "own", kind, {names.REFLECTS: "other/tls"})

    mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"pulled", *[None] * 5]


def test_an_object_that_is_put_in_a_mirrors_place_by_a_whole_write_is_told_of(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    replace_whole(workbench, apps[0], "own", kind)

    report = mirrored.reconcile_deletion(apps[0], "tls", kind)

    assert values(workbench, apps[:1], kind) == [b"own"]
    assert told_of(report) == {("prod/tls", f"{apps[0]}/tls")}


def test_the_end_of_an_object_that_nobody_mirrored_costs_little(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    workbench.namespace("prod")
    write(workbench, "prod/tls", "unrelated", kind)
    plural = f"{kind.lower()}s"

    with handler.requests() as asked:
        handler.reconcile("prod", "tls", kind)
    with handler.requests() as asked_at_its_end:
        handler.reconcile_deletion("prod", "tls", kind)

    assert asked == [f"GET /api/v1/namespaces/prod/{plural}/tls"]
    assert asked_at_its_end == [
        f"GET /api/v1/namespaces/prod/{plural}/tls",
        f"GET /api/v1/{plural}",
        f"GET /api/v1/{plural}",
    ]
