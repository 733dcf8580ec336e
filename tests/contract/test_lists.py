"""The contract of the API server: lists."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.contract.conftest import SECRETS

if TYPE_CHECKING:
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench
    from tests.servers import Server

METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@pytest.fixture
def secrets(workbench: Workbench, api: Api) -> None:  # noqa: ARG001 (dev has to be there first)
    workbench.namespace("dev-2")
    workbench.secret("dev", "a", {"key": "one"}, labels={"env": "prod", "tier": "web"})
    workbench.secret("dev", "b", {"key": "one"}, labels={"env": "dev", "size": "10"})
    workbench.secret("dev-2", "a", {"key": "one"})


def names(api: Api, query: str, path: str = "/api/v1/secrets") -> list[str]:
    items = api.request("GET", f"{path}?{query}").body["items"]
    found = [each["metadata"] for each in items]
    return [f"{each['namespace']}/{each['name']}" for each in found]


@pytest.mark.usefixtures("secrets")
def test_a_list_is_of_one_namespace_or_of_all(api: Api) -> None:
    assert names(api, "", SECRETS) == ["dev/a", "dev/b"]
    assert set(names(api, "")) >= {"dev/a", "dev/b", "dev-2/a"}


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("metadata.name=a", {"dev/a", "dev-2/a"}),
        ("metadata.name==a", {"dev/a", "dev-2/a"}),
        ("metadata.name=a,metadata.namespace=dev", {"dev/a"}),
        ("metadata.name=a,metadata.namespace!=dev", {"dev-2/a"}),
        ("metadata.name=none", set()),
    ],
)
def test_objects_are_selected_by_fields(api: Api, selector: str, found: set[str]) -> None:
    assert set(names(api, f"fieldSelector={quote(selector)}")) == found


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("env=prod", ["dev/a"]),
        ("env==prod", ["dev/a"]),
        ("env!=prod", ["dev/b"]),
        ("env", ["dev/a", "dev/b"]),
        ("!tier", ["dev/b"]),
        ("env in (prod,stage)", ["dev/a"]),
        ("env notin (prod)", ["dev/b"]),
        ("env,tier=web", ["dev/a"]),
        ("env=dev,env=prod", []),
        ("env=prod,env==prod", ["dev/a"]),
        ("env!=dev,env!=prod", []),
        ("env in (dev,prod),env notin (dev)", ["dev/a"]),
        ("env notin (dev,)", ["dev/a"]),
        ("tier notin (cache,,web)", ["dev/b"]),
        ("tier in ()", []),
        ("tier=", []),
        ("tier!=", ["dev/a", "dev/b"]),
        ("in in (in)", []),
        ("! tier , env", ["dev/b"]),
        ("size>9", ["dev/b"]),
        ("size<10", []),
        (" ", ["dev/a", "dev/b"]),
    ],
)
def test_objects_are_selected_by_labels(api: Api, selector: str, found: list[str]) -> None:
    assert names(api, f"labelSelector={quote(selector)}", SECRETS) == found


@pytest.mark.parametrize(
    "selector",
    [
        "a b",
        "a,",
        ",a",
        "a in b",
        "a in (b",
        "a in (b c)",
        "a in",
        "a=b=c",
        "a=(b)",
        "!a=b",
        "!",
        "!!a",
        "a=!b",
        "a=*",
        "a=-b",
        "-a",
        "x/y/z",
        "UP/a",
        "a>b",
        "a>",
        f"{'a' * 64}",
        f"a={'b' * 64}",
    ],
)
def test_what_is_no_selector_of_labels_is_refused(api: Api, selector: str) -> None:
    answer = api.request("GET", f"{SECRETS}?labelSelector={quote(selector)}")

    assert (answer.status, answer.reason) == (400, "BadRequest")


@pytest.mark.parametrize("query", ["fieldSelector=data.key%3Da", "limit=1&continue=none"])
def test_a_list_that_cannot_be_meant_is_refused(api: Api, query: str) -> None:
    answer = api.request("GET", f"{SECRETS}?{query}")

    assert (answer.status, answer.reason) == (400, "BadRequest")


@pytest.mark.usefixtures("secrets")
def test_a_list_of_metadata_says_of_each_item_what_it_is(api: Api) -> None:
    listed = api.request("GET", SECRETS, accept=METADATA_LIST).body

    assert (listed["kind"], listed["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert [each["kind"] for each in listed["items"]] == ["PartialObjectMetadata"] * 2
    assert all("data" not in each for each in listed["items"])
    assert listed["metadata"]["resourceVersion"]


@pytest.mark.usefixtures("secrets")
def test_items_of_a_whole_list_do_not_say_what_they_are(api: Api) -> None:
    listed = api.request("GET", SECRETS).body

    assert listed["kind"] == "SecretList"
    assert all("kind" not in each for each in listed["items"])


def test_an_empty_list_of_metadata_is_null_and_any_other_is_empty(api: Api) -> None:
    assert api.request("GET", SECRETS, accept=METADATA_LIST).body["items"] is None
    assert api.request("GET", SECRETS).body["items"] == []


@pytest.mark.usefixtures("secrets")
def test_pages_are_all_of_the_state_that_the_first_was_of(workbench: Workbench, api: Api) -> None:
    first = api.request("GET", f"{SECRETS}?limit=1").body
    workbench.delete("Secret", "dev", "b")
    workbench.secret("dev", "c", {})

    token = first["metadata"]["continue"]
    second = api.request("GET", f"{SECRETS}?limit=1&continue={quote(token)}").body

    assert [each["metadata"]["name"] for each in second["items"]] == ["b"]
    assert not second["metadata"].get("continue")
    assert first["metadata"]["remainingItemCount"] == 1


@pytest.mark.usefixtures("secrets")
def test_pages_go_by_namespace_and_name(api: Api) -> None:
    query, found = "limit=1&fieldSelector=metadata.name%3Da", list[str]()
    page: dict[str, Any] = api.request("GET", f"/api/v1/secrets?{query}").body
    while page["items"]:
        found += [each["metadata"]["namespace"] for each in page["items"]]
        if not (token := page["metadata"].get("continue")):
            break
        page = api.request("GET", f"/api/v1/secrets?{query}&continue={quote(token)}").body

    assert found == ["dev-2", "dev"]


def test_a_page_of_a_state_that_is_forgotten_is_gone(
    server: Server, api: Api, late_collection: str
) -> None:
    server.forget_old_states()
    token = b64encode(b'{"v": "meta.k8s.io/v1", "rv": 1, "start": "a"}').decode().rstrip("=")

    answer = api.request("GET", f"{late_collection}?limit=1&continue={quote(token)}")

    assert (answer.status, answer.reason) == (410, "Expired")


def test_a_large_answer_is_compressed_for_whom_it_suits(workbench: Workbench, api: Api) -> None:
    workbench.secret("dev", "large", {"key": "x" * 200_000})

    compressed = api.request("GET", SECRETS, accept_encoding="gzip")
    plain = api.request("GET", SECRETS, accept_encoding="identity")

    assert compressed.headers.get("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert compressed.body == plain.body
