"""What other tests take for granted of the control plane."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.lab.api import MERGE_PATCH
from tests.lab.controlplane import ControlPlane, User, find_programs, requests_seen, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.controlplane

SECRETS = "/api/v1/namespaces/default/secrets"
READS = {"apiGroups": [""], "resources": ["namespaces", "secrets"], "verbs": ["get", "list"]}


@pytest.fixture(scope="module")
def control_plane() -> Iterator[ControlPlane]:
    """One for users of these tests' own."""
    with running(find_programs(), [User("reader", rules=(READS,)), User("outsider")]) as plane:
        yield plane


def lists_from_the_watch_cache(plane: ControlPlane) -> int:
    """Return how many consistent lists of Secrets the API server answered without asking etcd."""
    metrics = plane.api().request("GET", "/metrics").body
    counter = r"^apiserver_watch_cache_consistent_read_total\{(.*resource=\"secrets\".*)\} (\d+)$"
    counts = re.findall(counter, metrics, re.MULTILINE)
    return sum(int(count) for labels, count in counts if 'fallback="false"' in labels)


def test_it_is_the_kubernetes_that_go_mod_names(control_plane: ControlPlane) -> None:
    version = control_plane.api().request("GET", "/version").body

    assert (version["gitVersion"], version["major"], version["minor"]) == ("v1.36.3", "1", "36")


def test_a_consistent_list_comes_from_the_watch_cache(control_plane: ControlPlane) -> None:
    """As in a cluster of today. With an etcd before 3.5.13 it would be read from there."""
    before = lists_from_the_watch_cache(control_plane)

    control_plane.api().request("GET", SECRETS)

    assert lists_from_the_watch_cache(control_plane) > before


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("admin", "/api/v1/pods", 200),
        ("reader", "/api/v1/secrets", 200),
        ("reader", "/api/v1/pods", 403),
        ("outsider", "/api/v1/secrets", 403),
    ],
)
def test_a_user_may_do_what_its_rules_permit(
    control_plane: ControlPlane, user: str, path: str, status: int
) -> None:
    assert control_plane.api(user).request("GET", path).status == status


def test_a_service_account_gets_tokens(control_plane: ControlPlane) -> None:
    account = "/api/v1/namespaces/default/serviceaccounts/default"

    answer = control_plane.api().request("POST", f"{account}/token", {})

    assert answer.body["status"]["token"]


def test_requests_are_seen_with_what_was_answered(control_plane: ControlPlane) -> None:
    reader = control_plane.api("reader")

    with requests_seen(control_plane) as seen:
        reader.request("GET", f"{SECRETS}/absent")
        reader.request("PATCH", f"{SECRETS}/absent", {}, content_type=MERGE_PATCH)

    assert [(r.verb, r.resource, r.namespace, r.name, r.status) for r in seen.requests] == [
        ("get", "secrets", "default", "absent", 404),
        ("patch", "secrets", "default", "absent", 403),
    ]
    assert (len(seen.reads), len(seen.writes)) == (1, 1)


def test_the_pages_of_a_list_are_one_read(control_plane: ControlPlane) -> None:
    reader = control_plane.api("reader")

    with requests_seen(control_plane) as seen:
        first = reader.request("GET", "/api/v1/namespaces?limit=1")
        reader.request(
            "GET", f"/api/v1/namespaces?limit=1&continue={first.body['metadata']['continue']}"
        )

    assert [read.query for read in seen.reads] == [{"limit": "1"}]


def test_what_the_administrator_asks_for_is_not_counted(control_plane: ControlPlane) -> None:
    with requests_seen(control_plane) as seen:
        control_plane.api().request("GET", SECRETS)
        control_plane.api("outsider").request("GET", SECRETS)

    assert [read.status for read in seen.reads] == [403]


def test_of_users_that_are_named_no_others_are_counted(control_plane: ControlPlane) -> None:
    with requests_seen(control_plane, "admin", "reader") as seen:
        control_plane.api().request("GET", f"{SECRETS}/absent")
        control_plane.api("outsider").request("GET", SECRETS)
        control_plane.api("reader").request("GET", SECRETS)

    assert [read.verb for read in seen.reads] == ["get", "list"]
