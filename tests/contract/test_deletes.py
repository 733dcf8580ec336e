"""The contract of the API server: how objects go, and namespaces with what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import SECRETS
from tests.lab.api import MERGE_PATCH
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.lab.api import Answer, Api
    from tests.lab.clusters import Workbench

HELD = {"metadata": {"finalizers": ["example.com/held"]}}
RELEASED = {"metadata": {"finalizers": None}}


@pytest.fixture
def made(workbench: Workbench, api: Api) -> dict[str, Any]:  # noqa: ARG001 (dev has to be there)
    """The metadata of dev/tls."""
    metadata: dict[str, Any] = workbench.secret("dev", "tls", {"key": "one"})["metadata"]
    return metadata


def delete(api: Api, **preconditions: str) -> Answer:
    return api.request("DELETE", f"{SECRETS}/tls", {"preconditions": preconditions})


def test_an_object_that_meets_the_preconditions_is_deleted(api: Api, made: dict[str, Any]) -> None:
    answer = delete(api, uid=made["uid"], resourceVersion=made["resourceVersion"])

    assert (answer.status, answer.body["status"]) == (200, "Success")
    assert api.request("GET", f"{SECRETS}/tls").status == 404


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("precondition", ["uid", "resourceVersion"])
def test_an_object_that_does_not_meet_a_precondition_stays(api: Api, precondition: str) -> None:
    answer = delete(api, **{precondition: "1"})

    assert (answer.status, answer.reason) == (409, "Conflict")
    assert api.request("GET", f"{SECRETS}/tls").status == 200


def test_what_is_not_there_is_not_deleted(api: Api) -> None:
    assert delete(api).status == 404


@pytest.mark.usefixtures("made")
def test_an_object_stays_marked_until_its_finalizers_are_gone(
    workbench: Workbench, api: Api
) -> None:
    workbench.patch("Secret", "dev", "tls", HELD)

    answer = delete(api)
    marked = api.request("GET", f"{SECRETS}/tls")
    workbench.patch("Secret", "dev", "tls", RELEASED)

    assert answer.status == 200
    assert "deletionTimestamp" in marked.body["metadata"]
    assert api.request("GET", f"{SECRETS}/tls").status == 404


@pytest.mark.usefixtures("made")
def test_a_whole_collection_is_deleted(api: Api) -> None:
    assert api.request("DELETE", SECRETS).status == 200
    assert api.request("GET", SECRETS).body["items"] == []


def test_a_namespace_is_labelled_with_its_name(api: Api) -> None:
    found = api.request("GET", "/api/v1/namespaces/dev").body

    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": "dev"}
    assert found["status"]["phase"] == "Active"


@pytest.fixture
def terminating(workbench: Workbench, made: dict[str, Any]) -> None:  # noqa: ARG001 (in dev)
    """Namespace dev is being deleted, and held."""
    workbench.patch("Namespace", "", "dev", HELD)
    workbench.delete("Namespace", "", "dev")


@pytest.mark.usefixtures("terminating")
def test_a_namespace_that_is_held_is_marked(api: Api) -> None:
    found = api.request("GET", "/api/v1/namespaces/dev").body

    assert "deletionTimestamp" in found["metadata"]
    assert found["status"]["phase"] == "Terminating"


@pytest.mark.usefixtures("terminating")
def test_nothing_is_created_in_a_namespace_that_is_being_deleted(api: Api) -> None:
    answer = api.request("POST", SECRETS, {"metadata": {"name": "new"}})

    assert (answer.status, answer.reason) == (403, "Forbidden")
    assert answer.causes == ["NamespaceTerminating"]


@pytest.mark.usefixtures("terminating")
def test_a_namespace_goes_with_what_is_in_it(workbench: Workbench, api: Api) -> None:
    eventually(lambda: api.request("GET", f"{SECRETS}/tls").status == 404, within=60)

    workbench.patch("Namespace", "", "dev", RELEASED)

    eventually(lambda: workbench.get("Namespace", "", "dev") is None, within=60)


def test_an_object_in_a_namespace_that_is_being_deleted_can_be_changed(
    workbench: Workbench, api: Api
) -> None:
    workbench.secret("dev", "tls", {"key": "one"})
    workbench.patch("Secret", "dev", "tls", HELD)
    workbench.delete("Namespace", "", "dev")

    change = {"metadata": {"labels": {"a": "b"}}}
    answer = api.request("PATCH", f"{SECRETS}/tls", change, content_type=MERGE_PATCH)
    workbench.patch("Secret", "dev", "tls", RELEASED)

    assert answer.status == 200


def test_a_namespace_is_let_go_by_its_finalize_subresource(api: Api) -> None:
    path = "/api/v1/namespaces/dev"
    api.request("DELETE", path)

    api.request("PUT", f"{path}/finalize", {"metadata": {"name": "dev"}, "spec": {}})

    assert api.request("GET", path).status == 404
