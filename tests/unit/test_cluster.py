"""The cluster: what is asked of the API server, and how its answers are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.errors import ApiError, Conflict, Expired, Unavailable
from mirroring.objects.references import SECRET, Ref
from tests.stand_ins import OneByOne
from tests.unit.examples import SOURCE, metadata

ITEM = {"metadata": {"name": "tls", "namespace": "prod", "uid": "u", "resourceVersion": "1"}}
OTHER = {"metadata": {**ITEM["metadata"], "name": "other"}}


class Script:
    """A transport that gives prepared answers, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Give the next answer."""
        self.asked.append({"method": method, "path": path, **options})
        status, answer = self.answers.pop(0)
        return status, json.dumps(answer).encode()

    @property
    def cluster(self) -> Cluster:
        """A cluster that is reached by this transport."""
        return Cluster(Connection(self, OneByOne()))


def page(*items: object, following: str = "") -> tuple[int, object]:
    """One page of a list."""
    return 200, {"items": list(items), "metadata": {"continue": following}}


def test_an_object_that_is_not_there_is_none() -> None:
    assert Script((404, {})).cluster.get(SOURCE) is None


@pytest.mark.parametrize("status", [400, 401, 403, 409, 410, 429, 500, 503])
def test_an_object_that_cannot_be_read_is_not_taken_for_absent(status: int) -> None:
    with pytest.raises(ApiError):
        Script((status, {})).cluster.metadata(SOURCE)


def test_all_pages_of_a_list_are_read() -> None:
    script = Script(page(ITEM, following="next"), page(OTHER))

    found = script.cluster.list_metadata(SECRET)

    assert [each.ref.name for each in found] == ["tls", "other"]
    assert ("continue", "next") in script.asked[1]["query"]


def test_an_empty_list_of_metadata_is_null() -> None:
    assert Script((200, {"items": None, "metadata": {}})).cluster.list_metadata(SECRET) == []


def test_a_list_whose_state_expired_is_begun_again() -> None:
    script = Script(page(ITEM, following="next"), (410, {"reason": "Expired"}), page(OTHER))

    assert [each.ref.name for each in script.cluster.list_metadata(SECRET)] == ["other"]


def test_a_list_whose_state_keeps_expiring_is_an_error() -> None:
    with pytest.raises(Expired):
        Script(*[(410, {"reason": "Expired"})] * 3).cluster.list_metadata(SECRET)


def test_lists_are_of_metadata_in_pages_and_compressed() -> None:
    script = Script(page())

    script.cluster.list_metadata(SECRET, name="tls", selector="a=b")

    (asked,) = script.asked
    assert asked["path"] == "/api/v1/secrets"
    assert asked["headers"]["Accept-Encoding"] == "gzip"
    assert "PartialObjectMetadataList" in asked["headers"]["Accept"]
    assert asked["query"][:3] == [
        ("fieldSelector", "metadata.name=tls"),
        ("labelSelector", "a=b"),
        ("limit", "500"),
    ]


def test_a_list_keeps_only_what_is_asked_for() -> None:
    script = Script(page(ITEM, OTHER))

    found = script.cluster.list_metadata(SECRET, only=lambda each: each.ref.name == "other")

    assert [each.ref.name for each in found] == ["other"]


def test_every_write_names_its_field_manager() -> None:
    script = Script((201, ITEM), (200, ITEM))

    script.cluster.create(SOURCE, {})
    script.cluster.patch(metadata(SOURCE), [])

    assert [asked["query"] for asked in script.asked] == [[("fieldManager", "kn-mirror")]] * 2


def test_a_patch_carries_the_resource_version_that_was_seen() -> None:
    script = Script((200, ITEM))

    script.cluster.patch(metadata(SOURCE, version="41"), [])

    lock = {"op": "replace", "path": "/metadata/resourceVersion", "value": "41"}
    assert json.loads(script.asked[0]["body"]) == [lock]


def test_a_delete_carries_the_uid_and_the_resource_version_that_were_seen() -> None:
    script = Script((200, {}))

    script.cluster.delete(metadata(SOURCE, version="41"))

    seen = {"uid": f"uid of {SOURCE}", "resourceVersion": "41"}
    assert json.loads(script.asked[0]["body"])["preconditions"] == seen


def test_a_write_to_what_is_gone_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        Script((404, {"reason": "NotFound"})).cluster.delete(metadata(SOURCE))


def test_a_server_that_fails_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Script((500, {})).cluster.create(Ref(SECRET, "dev", "tls"), {})


def test_requests_are_counted() -> None:
    cluster = Script(page(ITEM, following="next"), page(OTHER), (404, {})).cluster

    cluster.list_metadata(SECRET)
    cluster.get(SOURCE)

    assert cluster.calls == 3
