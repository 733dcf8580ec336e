"""The contract of the API server: patches, and what keeps a stale one from being applied."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import SECRETS
from tests.lab.api import JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from tests.lab.api import Answer, Api
    from tests.lab.clusters import Workbench

TLS = f"{SECRETS}/tls"


@pytest.fixture
def version(workbench: Workbench, api: Api) -> str:  # noqa: ARG001 (dev has to be there first)
    """The resourceVersion of dev/tls."""
    annotations = {"example.com/a": "one", "tilde": "~"}
    made = workbench.secret("dev", "tls", {"key": "one"}, annotations=annotations)
    return str(made["metadata"]["resourceVersion"])


def patch(api: Api, *operations: dict[str, Any]) -> Answer:
    return api.request("PATCH", TLS, list(operations), content_type=JSON_PATCH)


def merge(api: Api, change: object) -> Answer:
    return api.request("PATCH", TLS, change, content_type=MERGE_PATCH)


def lock(version: str) -> dict[str, Any]:
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}


def put(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def test_a_patch_of_the_version_that_is_there_is_applied(api: Api, version: str) -> None:
    answer = patch(api, lock(version), put("/data", {"new": "dHdv"}))

    assert (answer.status, answer.body["data"]) == (200, {"new": "dHdv"})
    assert answer.body["metadata"]["resourceVersion"] != version


def test_a_patch_of_an_older_version_changes_nothing(api: Api, version: str) -> None:
    patch(api, put("/data/other", "dHdv"))

    answer = patch(api, lock(version), put("/data", {}))

    assert (answer.status, answer.reason) == (409, "Conflict")
    assert api.request("GET", TLS).body["data"] == {"key": "b25l", "other": "dHdv"}


@pytest.mark.parametrize("locked", [True, False])
def test_a_patch_that_changes_nothing_makes_no_version(
    api: Api, version: str, *, locked: bool
) -> None:
    operations = [lock(version)] if locked else []

    answer = patch(api, *operations, put("/data", {"key": "b25l"}))

    assert answer.body["metadata"]["resourceVersion"] == version


@pytest.mark.usefixtures("version")
def test_names_with_slash_and_tilde_are_escaped(api: Api) -> None:
    answer = patch(
        api,
        put("/metadata/annotations/example.com~1a", "two"),
        {"op": "remove", "path": "/metadata/annotations/tilde"},
    )

    assert answer.body["metadata"]["annotations"] == {"example.com/a": "two"}


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/metadata/annotations/none"},
        {"op": "replace", "path": "/data/none/deeper", "value": "b25l"},
        {"op": "test", "path": "/type", "value": "other"},
    ],
)
def test_an_operation_that_does_not_fit_is_invalid(api: Api, operation: dict[str, Any]) -> None:
    answer = patch(api, operation)

    assert (answer.status, answer.reason) == (422, "Invalid")


def test_an_operation_that_does_not_fit_is_invalid_though_the_version_is_old(
    api: Api, version: str
) -> None:
    patch(api, put("/data", {}))

    answer = patch(api, lock(version), {"op": "remove", "path": "/metadata/annotations/none"})

    assert answer.status == 422


@pytest.mark.usefixtures("version")
def test_an_operation_that_is_none_is_invalid(api: Api) -> None:
    assert patch(api, {"op": "nonesuch", "path": "/data"}).status == 422


@pytest.mark.usefixtures("version")
def test_a_patch_that_is_no_list_of_operations_is_refused(api: Api) -> None:
    answer = api.request("PATCH", TLS, {"op": "add"}, content_type=JSON_PATCH)

    assert (answer.status, answer.reason) == (400, "BadRequest")


@pytest.mark.usefixtures("version")
def test_a_patch_of_an_unknown_kind_is_refused(api: Api) -> None:
    answer = api.request("PATCH", TLS, {}, content_type="application/nonesuch")

    assert (answer.status, answer.reason) == (415, "UnsupportedMediaType")


def test_what_is_not_there_is_not_patched(api: Api) -> None:
    assert merge(api, {}).status == 404


@pytest.mark.usefixtures("version")
def test_a_merge_patch_removes_by_null(api: Api) -> None:
    answer = merge(api, {"metadata": {"annotations": {"tilde": None}}})

    assert answer.body["metadata"]["annotations"] == {"example.com/a": "one"}


def test_a_merge_patch_of_an_older_version_changes_nothing(api: Api, version: str) -> None:
    merge(api, {"stringData": {"key": "two"}})

    answer = merge(api, {"metadata": {"resourceVersion": version}, "data": None})

    assert (answer.status, answer.reason) == (409, "Conflict")


def test_a_merge_patch_that_changes_nothing_makes_no_version(api: Api, version: str) -> None:
    answer = merge(api, {"data": {"key": "b25l"}, "metadata": {"labels": None}})

    assert answer.body["metadata"]["resourceVersion"] == version


def test_of_patches_that_race_for_one_version_one_wins(api: Api, version: str) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(
                lambda number: patch(api, lock(version), put("/data/key", f"{number:04}")),
                range(16),
            )
        )

    assert sorted(answer.status for answer in answers) == [200] + [409] * 15


def test_of_creates_that_race_for_one_name_one_wins(api: Api) -> None:
    body = {"metadata": {"name": "tls"}}
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: api.request("POST", SECRETS, body), range(16)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 15
