"""Invariant 11: a mirror that no update can put right is made anew, and is never worse than before.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.errors import Forbidden
from mirroring.reporting.reports import Action
from tests.e2e.invariants import TO_APPS, values, write_source
from tests.lab.waiting import eventually
from tests.policies import denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

REPLACED: dict[str, dict[str, Any]] = {
    "content": {"data": {"key": "two"}, "immutable": True},
    "type": {"data": {"key": "two"}, "type": "example.com/own"},
    "immutable no more": {"data": {"key": "one"}},
}
IMMUTABLE: dict[str, Any] = {"immutable": True}


def replace_source(workbench: Workbench, data: dict[str, str], **fields: Any) -> None:
    """Delete the source prod/tls, and make another."""
    workbench.delete("Secret", "prod", "tls")
    workbench.secret("prod", "tls", data, annotations=TO_APPS, **fields)


def refuse(handler: Handler, method: str, *, nth: int = 1) -> Callable[[], int]:
    """Let the nth write of mirrors of a method, and each after it, be refused; count them."""
    seen = 0

    def step(sent: str, path: str) -> None:
        nonlocal seen
        seen += sent == method and "/namespaces/app-" in path
        if sent == method and "/namespaces/app-" in path and seen >= nth:
            raise Forbidden(f"The API server refused to {sent} {path}: not here.")

    handler.transport.before = step
    return lambda: seen


@pytest.mark.parametrize("replaced", REPLACED)
def test_where_a_mirror_may_not_be_made_anew_the_old_one_stays(
    workbench: Workbench, handler: Handler, apps: list[str], replaced: str
) -> None:
    """R19. Guards `rehearsal` in `Applier._replace`."""
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS, **IMMUTABLE)
    handler.reconcile("prod", "tls")
    replace_source(workbench, **REPLACED[replaced])
    refuse(handler, "POST")

    report = handler.reconcile("prod", "tls")

    assert values(workbench, apps) == [b"one"] * 5
    assert report.counts()[Action.FAILED] == 5
    assert not report.must_retry


def test_it_is_made_anew_once_that_is_permitted(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS, **IMMUTABLE)
    handler.reconcile("prod", "tls")
    replace_source(workbench, {"key": "two"}, **IMMUTABLE)
    refuse(handler, "POST")
    handler.resync()
    handler.transport.before = lambda _method, _path: None

    handler.resync()

    assert values(workbench, apps) == [b"two"] * 5


def test_what_was_deleted_to_be_made_anew_and_was_not_is_tried_again(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """R19: as where a quota's count falls too late. Guards `raise Unavailable` there."""
    write_source(workbench, "one")
    for name in apps[1:]:
        workbench.delete_namespace(name, wait=False)
    handler.reconcile("prod", "tls")
    replace_source(workbench, {"key": "two"}, type="example.com/own")
    refuse(handler, "POST", nth=2)

    report = handler.reconcile("prod", "tls")
    handler.transport.before = lambda _method, _path: None
    handler.reconcile("prod", "tls")

    assert report.must_retry
    assert values(workbench, apps[:1]) == [b"two"]


@pytest.mark.parametrize("event", ["reconcile", "resync"])
def test_what_was_handed_over_and_deleted_and_was_not_made_anew_is_tried_again(
    workbench: Workbench, handler: Handler, apps: list[str], event: str
) -> None:
    handed_over = {names.ADOPT: "prod/tls"}
    workbench.secret(apps[0], "tls", {"own": "goes"}, annotations=handed_over, **IMMUTABLE)
    for name in apps[1:]:
        workbench.delete_namespace(name, wait=False)
    write_source(workbench, "one")
    refuse(handler, "POST", nth=2)

    report = handler.reconcile("prod", "tls")
    handler.transport.before = lambda _method, _path: None
    again = {"reconcile": lambda: handler.reconcile("prod", "tls"), "resync": handler.resync}
    between = workbench.data(apps[0], "tls")
    again[event]()

    assert report.must_retry
    assert between is None
    assert values(workbench, apps[:1]) == [b"one"]


def test_what_others_wrote_on_a_mirror_is_on_the_one_that_is_made_anew(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    marked = {"metadata": {"labels": {"team": "shop"}, "annotations": {"note": "keep"}}}
    workbench.patch("Secret", apps[0], "tls", marked)
    replace_source(workbench, {"key": "two"}, type="example.com/own")

    handler.reconcile("prod", "tls")

    found = workbench.get("Secret", apps[0], "tls")
    assert found
    assert found["type"] == "example.com/own"
    assert found["metadata"]["labels"]["team"] == "shop"
    assert found["metadata"]["annotations"]["note"] == "keep"


def test_nothing_else_is_left_of_asking(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    write_source(workbench, "one")
    handler.reconcile("prod", "tls")
    replace_source(workbench, {"key": "two"}, type="example.com/own")

    handler.reconcile("prod", "tls")

    mirrors = workbench.names("Secret", labelSelector=f"{names.ROLE}={names.ROLE_MIRROR}")
    assert mirrors == [f"{name}/tls" for name in apps]


@pytest.mark.controlplane
class TestPolicies:
    """What only a real API server has."""

    @pytest.fixture
    def server(self, controlplane_server: Server) -> Server:
        return controlplane_server

    @pytest.mark.parametrize("replaced", REPLACED)
    def test_where_a_policy_denies_creating_the_old_mirror_stays(
        self, workbench: Workbench, handler: Handler, apps: list[str], replaced: str
    ) -> None:
        """R19."""
        workbench.namespace("kn-mirror")
        workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS, **IMMUTABLE)
        handler.resync()
        replace_source(workbench, **REPLACED[replaced])

        with denied(workbench, apps[:1], operations=["CREATE"]):
            handler.reconcile("prod", "tls")
            ticks = [handler.resync() for _ in range(2)]
            meanwhile = workbench.data(apps[0], "tls")
        handler.reconcile("prod", "tls")

        told = [sum(not each.told for each in tick.outcomes) for tick in ticks]
        wanted = REPLACED[replaced]["data"]["key"].encode()
        assert meanwhile == {"key": b"one"}
        assert told == [1, 0]
        assert values(workbench, apps) == [wanted] * 5

    def test_a_quota_that_is_used_up_takes_no_mirror_away(
        self, workbench: Workbench, handler: Handler, apps: list[str]
    ) -> None:
        workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS, **IMMUTABLE)
        handler.reconcile("prod", "tls")
        spec = {"hard": {"count/secrets": "1"}}
        quota = f"/api/v1/namespaces/{apps[0]}/resourcequotas"
        workbench.create(quota, {"metadata": {"name": "one"}, "spec": spec})
        eventually(lambda: _used(workbench, quota) == {"count/secrets": "1"})
        replace_source(workbench, {"key": "two"}, **IMMUTABLE)

        report = handler.reconcile("prod", "tls")

        (failed,) = [each for each in report.outcomes if each.action is Action.FAILED]
        assert "exceeded quota" in failed.because
        assert values(workbench, apps) == [b"one", *[b"two"] * 4]


def _used(workbench: Workbench, quota: str) -> Any:
    return workbench.api.request("GET", f"{quota}/one").body.get("status", {}).get("used")
