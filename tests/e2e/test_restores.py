"""What comes back, or in another order than it went: restores, and objects that wait to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirroring import names
from tests.e2e.invariants import TO_APPS, told_of, values, write, write_source
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


def backed_up(workbench: Workbench, kind: str, namespace: str) -> dict[str, Any]:
    """Return what a backup keeps of an object: all but what only the API server writes."""
    found = workbench.get(kind, namespace, "tls")
    assert found is not None
    kept = {key: found["metadata"].get(key, {}) for key in ("labels", "annotations")}
    return {**found, "metadata": {"name": "tls", **kept}}


def restore(workbench: Workbench, kind: str, namespace: str, body: dict[str, Any]) -> None:
    """Make an object again as it was, under another uid."""
    workbench.create(path_of(kind, namespace), body)


def test_a_mirror_that_is_restored_before_its_source_is_back_with_that(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """R34."""
    source, mirror = (backed_up(workbench, kind, each) for each in ("prod", apps[0]))
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)

    restore(workbench, kind, apps[0], mirror)
    mirrored.reconcile(apps[0], "tls", kind)
    restore(workbench, kind, "prod", source)
    mirrored.reconcile("prod", "tls", kind)

    assert values(workbench, apps, kind) == [b"one"] * 5


def test_an_older_state_of_all_that_is_restored_is_brought_in_line_with_its_source(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    source, mirror = (backed_up(workbench, kind, each) for each in ("prod", apps[0]))
    content = {"data": {"key": "dHdv" if kind == "Secret" else "two"}}
    workbench.patch(kind, "prod", "tls", content)
    mirrored.reconcile("prod", "tls", kind)
    for namespace, body in ((apps[0], mirror), ("prod", source)):
        workbench.delete(kind, namespace, "tls")
        restore(workbench, kind, namespace, body)

    mirrored.reconcile(apps[0], "tls", kind)
    mirrored.reconcile("prod", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"one"] * 6


def test_mirrors_that_are_restored_into_another_namespace_are_whoevers_restored_them(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    mirror = backed_up(workbench, kind, "app-0")
    workbench.namespace("restored")
    restore(workbench, kind, "restored", mirror)

    mirrored.reconcile("restored", "tls", kind)
    mirrored.resync()

    assert values(workbench, ["restored"], kind) == [b"one"]


def test_mirrors_that_are_restored_into_another_cluster_are_those_of_the_source_there(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """By names alone: that the source has another uid and another version there says nothing."""
    source, mirror = (backed_up(workbench, kind, each) for each in ("prod", apps[0]))
    for namespace in ("prod", *apps):
        workbench.delete(kind, namespace, "tls")
    restore(workbench, kind, apps[0], mirror)
    restore(workbench, kind, "prod", source)

    mirrored.resync()
    mirrored.resync()

    assert values(workbench, apps, kind) == [b"one"] * 5


def test_a_mirror_that_waits_to_go_is_left_alone_and_made_again_when_it_is_gone(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """R32: a finalizer holds it while its source permits it again."""
    held = {"metadata": {"finalizers": ["example.com/held"]}}
    workbench.patch(kind, "app-0", "tls", held)
    workbench.annotate(kind, "prod", "tls", {names.ALLOWED: "false"})
    mirrored.reconcile("prod", "tls", kind)
    workbench.annotate(kind, "prod", "tls", {names.ALLOWED: "true"})
    mirrored.reconcile("prod", "tls", kind)
    waiting = workbench.get(kind, "app-0", "tls")

    workbench.patch(kind, "app-0", "tls", {"metadata": {"finalizers": None}})
    mirrored.reconcile_deletion("app-0", "tls", kind)

    assert waiting is not None
    assert waiting["metadata"].get("deletionTimestamp")
    again = workbench.get(kind, "app-0", "tls")
    assert again is not None
    assert again["metadata"]["uid"] != waiting["metadata"]["uid"]


def test_a_namespace_that_is_deleted_and_made_again_has_its_mirror(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """R38."""
    workbench.delete_namespace("app-0")
    workbench.namespace("app-0")

    mirrored.reconcile_namespace("app-0")

    assert values(workbench, ["app-0"], kind) == [b"one"]


def test_a_source_whose_name_says_its_content_hands_its_mirrors_on(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """R36: kustomize makes the new one before it deletes the former.

    Both are of one namespace, so nothing is kept for the former.
    """
    workbench.namespace("kn-mirror")
    for name in apps:
        workbench.annotate("Namespace", "", name, {names.ACCEPT: "prod/*"})
    annotations = TO_APPS | {names.NAME: "tls"}
    write(workbench, "prod/tls-abc", "one", kind, annotations)
    handler.reconcile("prod", "tls-abc", kind)
    write(workbench, "prod/tls-def", "two", kind, annotations)
    both = handler.reconcile("prod", "tls-def", kind)
    workbench.delete(kind, "prod", "tls-abc")

    handler.reconcile_deletion("prod", "tls-abc", kind)
    for name in apps:
        handler.reconcile_deletion(name, "tls", kind)

    assert told_of(both) == {
        *(("prod/tls-def", f"{name}/tls") for name in apps),
        ("prod/tls-abc", "prod/tls-def"),
    }
    assert values(workbench, apps, kind) == [b"two"] * 5


def test_a_namespace_that_has_none_of_its_mirrors_back_loses_none_of_another(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """A restore of one namespace alone, while its source is there."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    mirror = backed_up(workbench, "Secret", apps[0])
    workbench.delete_namespace(apps[0])
    workbench.namespace(apps[0])
    restore(workbench, "Secret", apps[0], mirror)

    handler.reconcile_namespace(apps[0])
    handler.resync()

    assert values(workbench, apps) == [b"one"] * 5
