"""Who wrote what, as `managedFields` tells it or not: what is edited is repaired, and then rests.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.reporting.reports import Action
from tests.e2e.invariants import TO_APPS

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

KINDS = ("Secret", "ConfigMap")
CLEARED = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
EDITS: dict[str, dict[str, Any]] = {
    "Secret": {"stringData": {"key": "edited", "more": "x"}},
    "ConfigMap": {"data": {"key": "edited"}, "binaryData": {"more": "AAAA"}},
}

both_kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def ticking(handler: Handler, apps: list[str]) -> None:
    """A process that looks at everything once, and then at what has a label."""
    assert apps
    handler.full_resync_interval = 3600


def mirror_everywhere(workbench: Workbench, handler: Handler, kind: str) -> None:
    """Make the source prod/tls, and its mirrors."""
    write = workbench.secret if kind == "Secret" else workbench.config_map
    write("prod", "tls", {"key": "one"}, annotations=TO_APPS)
    handler.resync()


def forge_times(workbench: Workbench, kind: str, namespace: str, manager: str) -> None:
    """Let the mirror be written by somebody else alone, long ago, as a backup tool restores it."""
    found = workbench.get(kind, namespace, "tls")
    assert found
    entries = found["metadata"]["managedFields"]
    restored = [{**each, "manager": manager, "time": "2020-01-01T00:00:00Z"} for each in entries]
    change = [{"op": "replace", "path": "/metadata/managedFields", "value": restored}]
    workbench.patch(kind, namespace, "tls", change)


def contents(
    workbench: Workbench, kind: str, namespaces: list[str]
) -> list[dict[str, bytes] | None]:
    return [workbench.data(name, "tls", kind) for name in namespaces]


def writes(asked: list[str]) -> int:
    """Count the writes of mirrors."""
    return sum(
        not each.startswith("GET") and "leases" not in each and "events" not in each
        for each in asked
    )


@both_kinds
def test_where_nothing_tells_who_wrote_a_mirror_an_edit_of_it_is_undone_once(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """R12. Guards `whole` in `update_mirror`, and `reassignment` in `Manifest.repaired`."""
    mirror_everywhere(workbench, handler, kind)
    workbench.patch(kind, apps[0], "tls", EDITS[kind])
    workbench.patch(kind, apps[0], "tls", CLEARED)

    with handler.requests() as asked:
        for _ in range(4):
            handler.reconcile(apps[0], "tls", kind)
            handler.resync()

    assert contents(workbench, kind, apps) == [{"key": b"one"}] * 5
    assert writes(asked) == 1


@both_kinds
def test_where_nothing_tells_who_wrote_a_mirror_that_is_right_it_is_read_once(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """R12, E4. Guards `reassigned`."""
    mirror_everywhere(workbench, handler, kind)
    workbench.patch(kind, apps[0], "tls", CLEARED)
    handler.reconcile(apps[0], "tls", kind)

    with handler.requests() as asked:
        handler.reconcile(apps[0], "tls", kind)
        handler.resync()

    assert [each for each in asked if "app-0" in each and "tls" in each] == [
        f"GET /api/v1/namespaces/app-0/{kind.lower()}s/tls"
    ]


@both_kinds
def test_what_is_edited_after_nothing_told_who_wrote_it_is_repaired(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """Nothing is noted of a write on an object without `managedFields`, were they not made anew."""
    mirror_everywhere(workbench, handler, kind)
    workbench.patch(kind, apps[0], "tls", CLEARED)
    handler.resync()
    workbench.patch(kind, apps[0], "tls", EDITS[kind])

    handler.resync()

    assert contents(workbench, kind, apps) == [{"key": b"one"}] * 5


def test_what_comes_into_an_empty_mirror_that_nothing_is_told_of_goes(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `is_told` in `drift.possible`: no keys are told of, as is right."""
    workbench.secret("prod", "tls", {}, annotations=TO_APPS)
    handler.resync()
    workbench.patch("Secret", apps[0], "tls", CLEARED)
    workbench.patch("Secret", apps[0], "tls", EDITS["Secret"])

    handler.reconcile(apps[0], "tls")

    assert contents(workbench, "Secret", apps) == [{}] * 5


def test_a_key_that_nothing_tells_of_goes_from_a_restored_mirror(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Guards `whole` in `Manifest.repaired`: a backup tool puts back `managedFields`, too."""
    mirror_everywhere(workbench, handler, "ConfigMap")
    forge_times(workbench, "ConfigMap", apps[0], "velero")
    restored = workbench.get("ConfigMap", apps[0], "tls")
    assert restored
    workbench.patch("ConfigMap", apps[0], "tls", EDITS["ConfigMap"])
    entries = restored["metadata"]["managedFields"]
    change = [{"op": "replace", "path": "/metadata/managedFields", "value": entries}]
    workbench.patch("ConfigMap", apps[0], "tls", change)

    handler.reconcile(apps[0], "tls", "ConfigMap")

    assert contents(workbench, "ConfigMap", apps) == [{"key": b"one"}] * 5


@both_kinds
def test_restored_mirrors_are_each_read_and_touched_once_without_any_memory(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """R16. Guards `Manifest.touched`."""
    mirror_everywhere(workbench, handler, kind)
    for name in apps:
        forge_times(workbench, kind, name, "velero")

    with handler.requests() as first:
        report = handler.resync()
    workbench.api.request(
        "DELETE", "/apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-resync"
    )
    with handler.requests() as second:
        handler.resync()

    assert (writes(first), writes(second)) == (5, 0)
    assert report.differences == 0
    assert [each for each in second if "/namespaces/app-" in each] == []


@both_kinds
def test_what_is_edited_in_a_restored_mirror_is_repaired(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    mirror_everywhere(workbench, handler, kind)
    for name in apps:
        forge_times(workbench, kind, name, "velero")
    handler.resync()
    for name in apps:
        workbench.patch(kind, name, "tls", EDITS[kind])

    report = handler.resync()

    assert contents(workbench, kind, apps) == [{"key": b"one"}] * 5
    assert report.counts()[Action.UPDATED] == 5


@both_kinds
def test_a_touch_leaves_the_fields_of_others_to_them(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    mirror_everywhere(workbench, handler, kind)
    forge_times(workbench, kind, apps[0], "velero")
    workbench.patch(kind, apps[0], "tls", {"metadata": {"labels": {"team": "shop"}}})

    handler.resync()

    found = workbench.get(kind, apps[0], "tls")
    assert found
    owners = {
        each["manager"]: sorted(each["fieldsV1"]) for each in found["metadata"]["managedFields"]
    }
    assert "f:data" in owners["kn-mirror"]
    assert "f:metadata" in owners["velero"]
    assert "f:data" not in owners["velero"]
    assert found["metadata"]["labels"]["team"] == "shop"


@pytest.mark.parametrize("was", [False, True], ids=["set", "taken away"])
@both_kinds
def test_mirrors_are_immutable_just_when_their_source_is(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str, *, was: bool
) -> None:
    """E1. Guards `may_be_immutable` in `_replace_kind_of_content`."""
    write = workbench.secret if kind == "Secret" else workbench.config_map
    write("prod", "tls", {"key": "one"}, annotations=TO_APPS, immutable=was)
    handler.reconcile("prod", "tls", kind)
    workbench.delete(kind, "prod", "tls")
    write("prod", "tls", {"key": "one"}, annotations=TO_APPS, immutable=not was)

    handler.reconcile("prod", "tls", kind)
    with handler.requests() as asked:
        handler.resync()

    found = [workbench.get(kind, name, "tls") for name in apps]
    assert [bool(each and each.get("immutable")) for each in found] == [not was] * 5
    assert contents(workbench, kind, apps) == [{"key": b"one"}] * 5
    assert writes(asked) == 0


@both_kinds
def test_a_mirror_that_somebody_made_immutable_is_made_anew(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    mirror_everywhere(workbench, handler, kind)
    workbench.patch(kind, apps[0], "tls", {"immutable": True})

    handler.reconcile(apps[0], "tls", kind)

    found = workbench.get(kind, apps[0], "tls")
    assert found
    assert not found.get("immutable")
    assert found["metadata"]["labels"][names.ROLE] == "mirror"


@pytest.mark.controlplane
class TestServerSideApply:
    """The sandbox knows no server-side apply."""

    @pytest.fixture
    def server(self, controlplane_server: Server) -> Server:
        return controlplane_server

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_mirror_edited_by_string_data_is_repaired_like_by_any_edit(
        self, workbench: Workbench, handler: Handler, apps: list[str], times: int
    ) -> None:
        """R06. Guards `f:stringData` in `decoding._CONTENT`."""
        mirror_everywhere(workbench, handler, "Secret")
        edit = {"stringData": {"key": "forged", "extra": "x"}}

        for _ in range(times):
            workbench.apply("Secret", apps[0], "tls", edit, manager="kubectl")
            handler.reconcile(apps[0], "tls")
        with handler.requests() as asked:
            handler.resync()

        assert contents(workbench, "Secret", apps) == [{"key": b"one"}] * 5
        assert writes(asked) == 0
