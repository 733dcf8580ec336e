"""What was copied from a mirror, annotations and all, and what a controller has taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from tests.e2e.invariants import renew_source, told_of, values, write_source
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench


def copy(workbench: Workbench, kind: str, path: str) -> None:
    """Copy the mirror app-0/tls as `kubectl get -o yaml | sed | kubectl apply` does."""
    body = workbench.get(kind, "app-0", "tls")
    assert body is not None
    namespace, name = path.split("/")
    kept = {key: body["metadata"][key] for key in ("labels", "annotations")}
    if namespace == "team":
        workbench.namespace(namespace)
    made = {**body, "metadata": {"name": name, **kept}}
    workbench.create(path_of(kind, namespace), made)


@pytest.mark.parametrize("place", ["team/tls", "team/backup", "app-0/backup"])
def test_a_copy_of_a_mirror_is_its_makers(
    workbench: Workbench, mirrored: Handler, kind: str, place: str
) -> None:
    """R09 and R10: it says of itself that it is elsewhere."""
    copy(workbench, kind, place)
    namespace, name = place.split("/")
    before = workbench.get(kind, namespace, name)

    mirrored.reconcile(namespace, name, kind)
    mirrored.reconcile_namespace(namespace)
    mirrored.resync()
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)
    mirrored.resync()

    assert workbench.get(kind, namespace, name) == before


def test_a_copy_in_a_mirrors_place_is_told_of(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    workbench.delete(kind, "app-1", "tls")
    copy(workbench, kind, "app-1/tls")

    report = mirrored.reconcile("prod", "tls", kind)

    assert told_of(report) == {("prod/tls", "app-1/tls")}


def test_a_copy_that_is_handed_over_becomes_the_mirror(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    workbench.delete(kind, "app-1", "tls")
    copy(workbench, kind, "app-1/tls")
    workbench.annotate(kind, "app-1", "tls", {names.ADOPT: "prod/tls"})
    mirrored.reconcile("prod", "tls", kind)
    workbench.annotate(kind, "app-1", "tls", {names.ADOPT: None})
    workbench.delete(kind, "prod", "tls")

    mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, apps, kind) == [None] * 5


def test_a_copy_of_another_name_is_no_mirror_of_a_source_that_wants_that_name(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    copy(workbench, kind, "app-0/backup")
    workbench.annotate("Namespace", "", "app-0", {names.ACCEPT: "prod/tls"})
    before = workbench.get(kind, "app-0", "backup")
    workbench.annotate(kind, "prod", "tls", {names.NAME: "backup"})

    report = mirrored.reconcile("prod", "tls", kind)

    assert workbench.get(kind, "app-0", "backup") == before
    assert told_of(report) == {("prod/tls", "app-0/backup")}


def control(workbench: Workbench, kind: str, namespace: str) -> None:
    """Take a mirror over, as an ExternalSecret of its name does."""
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "name": "tls",
        "uid": "4f1a",
        "controller": True,
    }
    content: dict[str, Any] = {"data": {"key": "dGhlaXJz" if kind == "Secret" else "theirs"}}
    workbench.patch(kind, namespace, "tls", {"metadata": {"ownerReferences": [owner]}, **content})


def test_a_mirror_that_another_controller_has_taken_over_is_left_to_it(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """R07."""
    control(workbench, kind, "app-0")

    first = mirrored.reconcile("app-0", "tls", kind)
    workbench.patch(kind, "prod", "tls", {"metadata": {"labels": {"any": "change"}}})
    second = mirrored.reconcile("prod", "tls", kind)
    mirrored.resync()
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)
    mirrored.resync()

    assert values(workbench, ["app-0", "app-1"], kind) == [b"theirs", None]
    assert not first.outcomes
    assert told_of(second) == {("prod/tls", "app-0/tls")}
    assert "ExternalSecret tls" in next(each.because for each in second.outcomes if each.because)


@pytest.mark.parametrize("place", [None, "Secret/app-0/tls"])
def test_what_reflector_and_the_first_release_wrote_is_written_only_when_it_has_to_be(
    workbench: Workbench, handler: Handler, apps: list[str], place: str | None
) -> None:
    """A migration that writes nothing it need not; what names no place does when it is written."""
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", apps[0], "tls", {names.PLACE: place})
    before = workbench.get("Secret", apps[0], "tls")

    handler.reconcile("prod", "tls")
    handler.resync()
    untouched = workbench.get("Secret", apps[0], "tls")
    renew_source(workbench, "two")
    handler.reconcile("prod", "tls")

    assert untouched == before
    written = workbench.get("Secret", apps[0], "tls")
    assert written is not None
    assert written["metadata"]["annotations"][names.PLACE] == f"Secret/{apps[0]}/tls"
