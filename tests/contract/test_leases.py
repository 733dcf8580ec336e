"""The contract of the API server: Leases, of which on-resync makes its memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab.api import MERGE_PATCH

if TYPE_CHECKING:
    from tests.lab.api import Answer, Api

LEASES = "/apis/coordination.k8s.io/v1/namespaces/dev/leases"
MEMORY = f"{LEASES}/memory"
RENEWED = "2026-01-01T00:00:00.000000Z"
SPEC = {"holderIdentity": "kn-mirror", "leaseDurationSeconds": 60, "renewTime": RENEWED}


@pytest.fixture
def made(api: Api) -> Answer:
    """The Lease dev/memory."""
    return api.request("POST", LEASES, body())


def body(spec: object = SPEC, **annotations: str) -> dict[str, Any]:
    noted = {"example.com/a": "one", **annotations}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "memory", "annotations": noted},
        "spec": spec,
    }


def merge(api: Api, **metadata: object) -> Answer:
    return api.request("PATCH", MEMORY, {"metadata": metadata}, content_type=MERGE_PATCH)


def test_a_lease_is_kept_as_it_was_sent(api: Api, made: Answer) -> None:
    found = api.request("GET", MEMORY).body

    assert made.status == 201
    assert (found["kind"], found["apiVersion"]) == ("Lease", "coordination.k8s.io/v1")
    assert found["spec"] == SPEC
    assert found["metadata"]["annotations"] == {"example.com/a": "one"}
    assert found["metadata"]["resourceVersion"] == made.body["metadata"]["resourceVersion"]


def test_a_lease_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.request("GET", MEMORY).status == 404
    assert merge(api).status == 404


def test_no_lease_is_made_in_a_namespace_that_is_not_there(api: Api) -> None:
    assert api.request("POST", LEASES.replace("/dev/", "/none/"), body()).status == 404


@pytest.mark.usefixtures("made")
def test_a_second_lease_of_the_name_is_refused(api: Api) -> None:
    answer = api.request("POST", LEASES, body())

    assert (answer.status, answer.reason) == (409, "AlreadyExists")


def test_a_merge_patch_of_the_version_that_is_there_leaves_what_it_does_not_name(
    api: Api, made: Answer
) -> None:
    version = made.body["metadata"]["resourceVersion"]

    answer = merge(api, resourceVersion=version, annotations={"example.com/b": "two"})

    assert answer.status == 200
    assert answer.body["spec"] == SPEC
    assert answer.body["metadata"]["annotations"] == {
        "example.com/a": "one",
        "example.com/b": "two",
    }


def test_a_merge_patch_of_an_older_version_of_a_lease_changes_nothing(
    api: Api, made: Answer
) -> None:
    merge(api, annotations={"example.com/a": "theirs"})
    version = made.body["metadata"]["resourceVersion"]

    answer = merge(api, resourceVersion=version, annotations={"example.com/a": "ours"})

    assert (answer.status, answer.reason) == (409, "Conflict")
    assert api.request("GET", MEMORY).body["metadata"]["annotations"]["example.com/a"] == "theirs"


def test_of_patches_that_race_for_one_version_of_a_lease_one_wins(api: Api, made: Answer) -> None:
    version = made.body["metadata"]["resourceVersion"]

    def write(number: int) -> Answer:
        return merge(api, resourceVersion=version, annotations={"example.com/a": str(number)})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(write, range(8)))

    assert sorted(answer.status for answer in answers) == [200] + [409] * 7


@pytest.mark.parametrize(
    ("lease", "status"),
    [
        (body({**SPEC, "leaseDurationSeconds": 0}), 422),
        (body({**SPEC, "renewTime": "2026-01-01T00:00:00Z"}), 400),
        (body(large="x" * 256 * 1024), 422),
        ({**body(), "apiVersion": "v1"}, 400),
    ],
    ids=["no term", "no microseconds", "annotations too long", "another group"],
)
def test_what_is_no_lease_is_refused(api: Api, lease: object, status: int) -> None:
    assert api.request("POST", LEASES, lease).status == status
