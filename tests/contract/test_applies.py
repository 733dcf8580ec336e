"""The contract of the API server: server-side apply, and `managedFields` in other hands.

By these many tools write, and what they leave there is what kn-mirror has to judge by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import SECRETS
from tests.lab.api import JSON_PATCH

if TYPE_CHECKING:
    from tests.lab.api import Answer, Api

TLS = f"{SECRETS}/tls"
APPLY = "application/apply-patch+yaml"
BODY = {"metadata": {"name": "tls"}, "data": {"one": "MQ=="}}


def apply(
    api: Api, declared: dict[str, Any], manager: str = "flux", *, force: bool = False
) -> Answer:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls"}, **declared}
    path = f"{TLS}?fieldManager={manager}&force={str(force).lower()}"
    return api.request("PATCH", path, body, content_type=APPLY)


def stored(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.request("GET", TLS).body
    return found


def owned(api: Api) -> dict[tuple[str, str], Any]:
    return {
        (entry["manager"], entry["operation"]): entry["fieldsV1"]
        for entry in stored(api)["metadata"].get("managedFields", ())
    }


def test_what_is_applied_where_nothing_is_is_created(api: Api) -> None:
    answer = apply(api, {"data": {"one": "MQ=="}})

    assert answer.status == 201
    assert stored(api)["type"] == "Opaque"
    assert owned(api) == {("flux", "Apply"): {"f:data": {"f:one": {}}}}


def test_what_is_applied_is_added_to_what_is_there(api: Api) -> None:
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)

    apply(api, {"data": {"two": "Mg=="}, "metadata": {"name": "tls", "labels": {"a": "b"}}})

    assert stored(api)["data"] == {"one": "MQ==", "two": "Mg=="}
    assert stored(api)["metadata"]["labels"] == {"a": "b"}
    assert owned(api)["flux", "Apply"] == {
        "f:data": {"f:two": {}},
        "f:metadata": {"f:labels": {"f:a": {}}},
    }


def test_a_field_that_another_manager_wrote_is_not_applied_without_force(api: Api) -> None:
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)

    answer = apply(api, {"data": {"one": "Mg=="}})

    assert (answer.status, answer.reason) == (409, "Conflict")
    assert answer.causes == ["FieldManagerConflict"]
    assert stored(api)["data"] == {"one": "MQ=="}


def test_with_force_it_is_taken_over(api: Api) -> None:
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)

    apply(api, {"data": {"one": "Mg=="}}, force=True)

    assert stored(api)["data"] == {"one": "Mg=="}
    assert owned(api)["flux", "Apply"] == {"f:data": {"f:one": {}}}
    assert "f:one" not in owned(api)["kn-mirror", "Update"]["f:data"]


def test_equal_values_are_owned_by_both(api: Api) -> None:
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)

    apply(api, {"data": {"one": "MQ=="}})

    assert "f:one" in owned(api)["flux", "Apply"]["f:data"]
    assert "f:one" in owned(api)["kn-mirror", "Update"]["f:data"]


def test_what_is_declared_no_more_goes(api: Api) -> None:
    apply(api, {"data": {"one": "MQ==", "two": "Mg=="}})

    apply(api, {"data": {"one": "MQ=="}})

    assert stored(api)["data"] == {"one": "MQ=="}


def test_what_is_declared_no_more_stays_where_another_manager_wrote_it(api: Api) -> None:
    apply(api, {"data": {"one": "MQ==", "two": "Mg=="}})
    apply(api, {"data": {"two": "Mg=="}}, "argocd")

    apply(api, {"data": {"one": "MQ=="}})

    assert stored(api)["data"] == {"one": "MQ==", "two": "Mg=="}


def test_what_is_applied_once_more_changes_nothing(api: Api) -> None:
    apply(api, {"data": {"one": "MQ=="}})
    before = stored(api)

    apply(api, {"data": {"one": "MQ=="}})

    assert stored(api) == before


def test_string_data_are_applied_over_what_another_manager_keeps_owning(api: Api) -> None:
    """Kubernetes finds no conflict, and notes no owner of what it stores."""
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)

    answer = apply(api, {"stringData": {"one": "forged", "extra": "x"}})

    assert answer.status == 200
    assert stored(api)["data"] == {"one": "Zm9yZ2Vk", "extra": "eA=="}
    assert "f:one" in owned(api)["kn-mirror", "Update"]["f:data"]
    assert owned(api)["flux", "Apply"] == {"f:stringData": {"f:extra": {}, "f:one": {}}}


@pytest.fixture
def cleared(api: Api) -> None:
    """The Secret dev/tls, as kn-mirror wrote it, of which nobody owns anything any more."""
    api.request("POST", f"{SECRETS}?fieldManager=kn-mirror", BODY)
    nothing = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
    api.request("PATCH", TLS, nothing, content_type=JSON_PATCH)


@pytest.mark.usefixtures("cleared")
def test_managed_fields_can_be_cleared(api: Api) -> None:
    assert stored(api)["data"] == {"one": "MQ=="}
    assert owned(api) == {}


@pytest.mark.usefixtures("cleared")
def test_who_writes_after_that_is_not_noted(api: Api) -> None:
    change = [{"op": "add", "path": "/data", "value": {"one": "MQ==", "two": "Mg=="}}]

    api.request("PATCH", f"{TLS}?fieldManager=kn-mirror", change, content_type=JSON_PATCH)

    assert stored(api)["data"] == {"one": "MQ==", "two": "Mg=="}
    assert owned(api) == {}


@pytest.mark.usefixtures("cleared")
def test_who_applies_after_that_is(api: Api) -> None:
    apply(api, {"data": {"two": "Mg=="}})

    assert owned(api) == {
        ("before-first-apply", "Update"): {"f:data": {".": {}, "f:one": {}}, "f:type": {}},
        ("flux", "Apply"): {"f:data": {"f:two": {}}},
    }
