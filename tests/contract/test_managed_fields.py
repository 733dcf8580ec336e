"""The contract of the API server: who wrote which field, by `metadata.managedFields`.

By this kn-mirror suspects that somebody edited a mirror, without reading its content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import SECRETS
from tests.lab.api import JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from tests.lab.api import Api

TLS = f"{SECRETS}/tls"
BODY = {"metadata": {"name": "tls", "labels": {"a": "b"}}, "data": {"one": "MQ==", "two": "Mg=="}}


@pytest.fixture
def mirror(api: Api) -> None:
    """The Secret dev/tls, as kn-mirror wrote it."""
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)


def edit(api: Api, change: object, manager: str = "kubectl-edit") -> None:
    content_type = JSON_PATCH if isinstance(change, list) else MERGE_PATCH
    api.request("PATCH", f"{TLS}?fieldManager={manager}", change, content_type=content_type)


def owned(api: Api, path: str = TLS) -> dict[str, Any]:
    entries = api.request("GET", path).body["metadata"]["managedFields"]
    return {entry["manager"]: entry["fieldsV1"] for entry in entries}


@pytest.mark.usefixtures("mirror")
def test_whoever_creates_an_object_owns_it(api: Api) -> None:
    (entry,) = api.request("GET", TLS).body["metadata"]["managedFields"]

    assert entry.pop("time").endswith("Z")
    assert entry == {
        "manager": "kn-mirror",
        "operation": "Update",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:data": {".": {}, "f:one": {}, "f:two": {}},
            "f:metadata": {"f:labels": {".": {}, "f:a": {}}},
            "f:type": {},
        },
    }


def test_a_manager_is_named_by_its_user_agent_unless_it_names_itself(api: Api) -> None:
    api.request("POST", SECRETS, BODY, user_agent="curl/8.5 (linux)")

    assert list(owned(api)) == ["curl"]


@pytest.mark.usefixtures("mirror")
def test_whoever_changes_a_key_takes_it_over(api: Api) -> None:
    edit(api, {"data": {"one": "YQ=="}})

    assert owned(api)["kn-mirror"]["f:data"] == {".": {}, "f:two": {}}
    assert owned(api)["kubectl-edit"] == {"f:data": {"f:one": {}}}


@pytest.mark.usefixtures("mirror")
def test_whoever_adds_a_key_owns_it(api: Api) -> None:
    edit(api, {"data": {"three": "Mw=="}})

    assert owned(api)["kubectl-edit"] == {"f:data": {"f:three": {}}}


@pytest.mark.usefixtures("mirror")
def test_whoever_writes_what_is_there_already_owns_nothing(api: Api) -> None:
    edit(api, {"data": {"one": "MQ=="}})

    assert list(owned(api)) == ["kn-mirror"]


@pytest.mark.usefixtures("mirror")
def test_a_key_that_is_gone_is_nobodys(api: Api) -> None:
    edit(api, {"data": {"one": None}})

    assert list(owned(api)) == ["kn-mirror"]
    assert owned(api)["kn-mirror"]["f:data"] == {".": {}, "f:two": {}}


@pytest.mark.usefixtures("mirror")
def test_who_writes_again_has_one_entry(api: Api) -> None:
    edit(api, {"data": {"one": "YQ=="}})

    edit(api, [{"op": "add", "path": "/data", "value": {"one": "MQ==", "new": ""}}], "kn-mirror")

    assert owned(api)["kn-mirror"]["f:data"] == {".": {}, "f:new": {}, "f:one": {}}
    assert "kubectl-edit" not in owned(api)


@pytest.mark.usefixtures("mirror")
def test_a_put_takes_over_what_it_changes(api: Api) -> None:
    body = {**BODY, "data": {"one": "YQ==", "two": "Mg=="}}

    api.request("PUT", f"{TLS}?fieldManager=restore", body)

    assert owned(api)["restore"] == {"f:data": {"f:one": {}}}


@pytest.mark.usefixtures("mirror")
def test_annotations_and_immutability_have_their_owners(api: Api) -> None:
    edit(api, {"metadata": {"annotations": {"example.com/a": "b"}}, "immutable": True})

    assert owned(api)["kubectl-edit"] == {
        "f:immutable": {},
        "f:metadata": {"f:annotations": {".": {}, "f:example.com/a": {}}},
    }


def test_both_kinds_of_data_of_a_config_map_have_their_owners(api: Api) -> None:
    path = "/api/v1/namespaces/dev/configmaps"
    body = {"metadata": {"name": "ca"}, "data": {"a": ""}, "binaryData": {"b": ""}}

    api.request("POST", f"{path}?fieldManager=kn-mirror", body)

    assert owned(api, f"{path}/ca") == {
        "kn-mirror": {"f:binaryData": {".": {}, "f:b": {}}, "f:data": {".": {}, "f:a": {}}}
    }


@pytest.mark.usefixtures("mirror")
def test_what_is_sent_of_it_holds_from_then_on(api: Api) -> None:
    """By this kn-mirror says that what it has read is right, whoever wrote it."""
    edit(api, {"data": {"one": "YQ=="}})
    entry = {
        "manager": "kn-mirror",
        "operation": "Update",
        "apiVersion": "v1",
        "time": "1970-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {".": {}, "f:one": {}, "f:two": {}}},
    }
    said = {"op": "add", "path": "/metadata/managedFields", "value": [entry]}
    label = {"op": "add", "path": "/metadata/labels/a", "value": "c"}

    edit(api, [said, label], "kn-mirror")

    (kept,) = api.request("GET", TLS).body["metadata"]["managedFields"]
    assert kept["time"] > "2020"
    assert kept["fieldsV1"] == {
        "f:data": {".": {}, "f:one": {}, "f:two": {}},
        "f:metadata": {"f:labels": {"f:a": {}}},
    }


@pytest.mark.usefixtures("mirror")
def test_where_it_was_cleared_nobody_is_noted_any_more(api: Api) -> None:
    edit(api, [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}])

    edit(api, {"data": {"one": "YQ=="}})

    assert not api.request("GET", TLS).body["metadata"].get("managedFields")
