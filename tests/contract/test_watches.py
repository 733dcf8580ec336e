"""The contract of the API server: watches, by which events come about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.contract.conftest import SECRETS

if TYPE_CHECKING:
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

ROLE = "kn-mirror.dev/role"


def watched(api: Api, query: str, path: str = SECRETS) -> list[dict[str, Any]]:
    """Everything that a watch of one second tells."""
    stream = api.stream(f"{path}?watch=true&timeoutSeconds=1&{query}")
    return [json.loads(line) for line in stream.data.splitlines()]


def told(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["type"], each["object"]["metadata"]["name"]) for each in changes]


@pytest.fixture
def since(api: Api) -> str:
    """The version before anything is in dev."""
    return f"resourceVersion={api.request('GET', SECRETS).body['metadata']['resourceVersion']}"


def test_every_change_after_a_version_is_told_in_order(
    workbench: Workbench, api: Api, since: str
) -> None:
    workbench.secret("dev", "tls", {"key": "one"})
    workbench.annotate("Secret", "dev", "tls", {"a": "b"})
    workbench.delete("Secret", "dev", "tls")

    changes = watched(api, since)

    assert told(changes) == [("ADDED", "tls"), ("MODIFIED", "tls"), ("DELETED", "tls")]
    versions = [int(each["object"]["metadata"]["resourceVersion"]) for each in changes]
    assert versions == sorted(set(versions))


def test_a_change_is_told_with_the_object(workbench: Workbench, api: Api, since: str) -> None:
    workbench.secret("dev", "tls", {"key": "one"})

    (change,) = watched(api, since)

    assert (change["object"]["kind"], change["object"]["data"]) == ("Secret", {"key": "b25l"})


def test_a_watch_of_all_namespaces_tells_of_each(
    workbench: Workbench, api: Api, since: str
) -> None:
    workbench.namespace("dev-2")
    workbench.secret("dev-2", "tls", {})

    assert ("ADDED", "tls") in told(watched(api, since, "/api/v1/secrets"))


def test_an_object_that_leaves_the_selection_is_told_to_be_deleted(
    workbench: Workbench, api: Api, since: str
) -> None:
    workbench.secret("dev", "tls", {"key": "one"})
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": {ROLE: "source"}}})
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": None}})

    changes = watched(api, f"{since}&labelSelector={quote(f'{ROLE}=source')}")

    assert told(changes) == [("ADDED", "tls"), ("DELETED", "tls")]


def test_a_watch_from_a_version_that_is_forgotten_is_gone(api: Api, late_collection: str) -> None:
    (change,) = watched(api, "resourceVersion=1", late_collection)

    assert change["type"] == "ERROR"
    assert (change["object"]["kind"], change["object"]["code"]) == ("Status", 410)


def test_bookmarks_are_sent_to_whom_asks_for_them_only(api: Api, since: str) -> None:
    assert watched(api, since) == []


def test_a_write_that_changes_nothing_is_not_told(
    workbench: Workbench, api: Api, since: str
) -> None:
    workbench.secret("dev", "tls", {"key": "one"})
    workbench.patch("Secret", "dev", "tls", {"stringData": {"key": "one"}})

    assert told(watched(api, since)) == [("ADDED", "tls")]


def test_a_namespace_that_terminates_is_told_changed_and_then_deleted(
    workbench: Workbench, api: Api
) -> None:
    listed = api.request("GET", "/api/v1/namespaces").body
    workbench.namespace("gone")
    workbench.delete_namespace("gone")

    since = f"resourceVersion={listed['metadata']['resourceVersion']}"
    changes = told(watched(api, since, "/api/v1/namespaces"))

    assert changes[0] == ("ADDED", "gone")
    assert changes[1] == ("MODIFIED", "gone")
    assert changes[-1] == ("DELETED", "gone")
