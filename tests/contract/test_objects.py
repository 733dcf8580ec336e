"""The contract of the API server: objects, one at a time.

Whatever kn-mirror relies on is here, and every test runs on the sandbox and on a real
kube-apiserver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import SECRETS
from tests.lab.api import JSON_PATCH

if TYPE_CHECKING:
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
TLS = "kubernetes.io/tls"
TOO_MUCH = {"key": "QUFB" * 400_000}


def named(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **fields}


def test_a_created_object_has_what_the_server_adds(api: Api) -> None:
    answer = api.request("POST", SECRETS, named("tls", data={"key": "b25l"}))

    assert answer.status == 201
    assert answer.body["metadata"].keys() >= {"uid", "resourceVersion", "creationTimestamp"}
    assert (answer.body["kind"], answer.body["apiVersion"]) == ("Secret", "v1")
    assert answer.body["metadata"]["namespace"] == "dev"


def test_a_secret_without_a_type_is_opaque(workbench: Workbench, api: Api) -> None:  # noqa: ARG001
    assert workbench.secret("dev", "tls", {})["type"] == "Opaque"


def test_string_data_is_stored_as_data(api: Api) -> None:
    body = named("tls", data={"a": "b25l"}, stringData={"b": "two"})

    answer = api.request("POST", SECRETS, body)

    assert answer.body["data"] == {"a": "b25l", "b": "dHdv"}
    assert "stringData" not in answer.body


def test_a_name_can_be_generated(api: Api) -> None:
    first, second = (
        api.request("POST", SECRETS, {"metadata": {"generateName": "probe-"}}) for _ in range(2)
    )

    assert first.body["metadata"]["name"].startswith("probe-")
    assert first.body["metadata"]["name"] != second.body["metadata"]["name"]


def test_a_name_that_is_taken_is_refused(api: Api) -> None:
    api.request("POST", SECRETS, named("tls", data={"key": "b25l"}))

    answer = api.request("POST", SECRETS, named("tls", data={"key": "dHdv"}))

    assert (answer.status, answer.reason) == (409, "AlreadyExists")
    assert api.request("GET", f"{SECRETS}/tls").body["data"] == {"key": "b25l"}


def test_nothing_is_created_in_a_namespace_that_is_not_there(api: Api) -> None:
    answer = api.request("POST", "/api/v1/namespaces/none/secrets", named("tls"))

    assert (answer.status, answer.reason) == (404, "NotFound")


def test_what_is_not_there_is_not_found(api: Api) -> None:
    answer = api.request("GET", f"{SECRETS}/none")

    assert (answer.status, answer.reason) == (404, "NotFound")
    assert (answer.body["kind"], answer.body["status"], answer.body["code"]) == (
        "Status", "Failure", 404,
    )  # fmt: skip


def test_metadata_can_be_read_alone(api: Api) -> None:
    api.request("POST", SECRETS, named("tls", data={"key": "b25l"}))

    found = api.request("GET", f"{SECRETS}/tls", accept=METADATA).body

    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert "data" not in found
    assert found["metadata"]["managedFields"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_of_what_was_written_the_metadata_can_be_returned_alone(api: Api, method: str) -> None:
    api.request("POST", SECRETS, named("tls", data={"key": "b25l"}))
    path, body = (SECRETS, named("other")) if method == "POST" else (f"{SECRETS}/tls", [])
    content_type = "application/json" if method == "POST" else "application/json-patch+json"

    answer = api.request(method, path, body, content_type=content_type, accept=METADATA)

    assert answer.body["kind"] == "PartialObjectMetadata"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (named("UPPER"), 422),
        (named("under_score"), 422),
        ({"metadata": {}}, 422),
        (named("tls", data={"no key": ""}), 422),
        (named("tls", data={"key": "not base64!"}), 400),
        (named("tls", data={"key": 1}), 400),
        (named("tls", type=TLS, data={"tls.crt": ""}), 422),
        (named("tls", data=TOO_MUCH), 422),
        ({"metadata": {"name": "tls", "labels": {"a": "b c"}}}, 422),
        ({"metadata": {"name": "tls", "annotations": {"a b": "c"}}}, 422),
        ({"metadata": {"name": "tls", "namespace": "other"}}, 400),
        (named("tls", kind="ConfigMap", apiVersion="v1"), 400),
        (b"{", 400),
    ],
)
def test_what_is_no_object_is_refused(api: Api, body: Any, status: int) -> None:
    answer = api.request("POST", SECRETS, body)

    assert answer.status == status
    assert answer.reason == {400: "BadRequest", 422: "Invalid"}[status]


def test_a_tls_secret_with_both_keys_is_accepted(api: Api) -> None:
    body = named("tls", type=TLS, data={"tls.crt": "", "tls.key": ""})

    assert api.request("POST", SECRETS, body).status == 201


def test_the_type_never_changes(api: Api) -> None:
    api.request("POST", SECRETS, named("tls", type="a/b"))

    answer = api.request("PUT", f"{SECRETS}/tls", named("tls", type="c/d"))

    assert (answer.status, answer.reason) == (422, "Invalid")


def test_immutable_content_never_changes(api: Api) -> None:
    api.request("POST", SECRETS, named("tls", data={"key": "b25l"}, immutable=True))

    answers = [
        api.request("PUT", f"{SECRETS}/tls", named("tls", data={"key": "dHdv"}, immutable=True)),
        api.request("PUT", f"{SECRETS}/tls", named("tls", data={"key": "b25l"})),
    ]

    assert [answer.status for answer in answers] == [422, 422]


def test_labels_of_what_is_immutable_change(api: Api) -> None:
    body = named("tls", data={"key": "b25l"}, immutable=True)
    api.request("POST", SECRETS, body)
    labelled = {**body, "metadata": {"name": "tls", "labels": {"a": "b"}}}

    assert api.request("PUT", f"{SECRETS}/tls", labelled).status == 200


def test_a_put_without_a_version_replaces_what_is_there(api: Api) -> None:
    api.request("POST", SECRETS, named("tls", data={"a": "b25l"}))

    answer = api.request("PUT", f"{SECRETS}/tls", named("tls", data={"b": "dHdv"}))

    assert (answer.status, answer.body["data"]) == (200, {"b": "dHdv"})


def test_a_put_of_an_older_version_is_refused(api: Api) -> None:
    old = api.request("POST", SECRETS, named("tls", data={"a": "b25l"})).body
    api.request("PUT", f"{SECRETS}/tls", named("tls", data={"b": "dHdv"}))

    answer = api.request("PUT", f"{SECRETS}/tls", old)

    assert (answer.status, answer.reason) == (409, "Conflict")


def test_a_put_of_what_is_not_there_is_refused(api: Api) -> None:
    assert api.request("PUT", f"{SECRETS}/none", named("none")).status == 404


def test_a_config_map_has_text_and_bytes(api: Api) -> None:
    body = named("ca", data={"a": "text"}, binaryData={"b": "AAE="})

    answer = api.request("POST", "/api/v1/namespaces/dev/configmaps", body)

    assert (answer.body["data"], answer.body["binaryData"]) == ({"a": "text"}, {"b": "AAE="})


def test_a_method_that_makes_no_sense_is_refused(api: Api) -> None:
    answer = api.request("POST", f"{SECRETS}/tls", {})

    assert (answer.status, answer.reason) == (405, "MethodNotAllowed")


def test_a_resource_that_is_none_is_not_found(api: Api) -> None:
    assert api.request("GET", "/api/v1/namespaces/dev/nonesuch").status == 404


def test_the_server_tells_its_version(api: Api) -> None:
    assert api.request("GET", "/version").body["gitVersion"].startswith("v1.36.")


def test_errors_are_told_whole_whatever_form_was_asked_for(api: Api) -> None:
    answer = api.request("GET", f"{SECRETS}/none", accept=METADATA)

    assert (answer.status, answer.reason) == (404, "NotFound")


def test_what_is_only_asked_about_is_answered_and_not_kept(api: Api) -> None:
    asked = api.request("POST", f"{SECRETS}?dryRun=All", named("tls", data={"key": "b25l"}))
    kept = api.request("GET", f"{SECRETS}/tls")

    assert (asked.status, kept.status) == (201, 404)


@pytest.mark.parametrize(
    ("query", "options", "left"),
    [
        ("?dryRun=All", None, 200),
        ("", {"dryRun": ["All"]}, 200),
        # Who says it where it is not read has deleted it.
        ("?dryRun=All", {"preconditions": {}}, 404),
    ],
)
def test_a_deletion_with_options_is_only_asked_about_where_these_say_so(
    api: Api, query: str, options: object, left: int
) -> None:
    api.request("POST", SECRETS, named("tls"))

    asked = api.request("DELETE", f"{SECRETS}/tls{query}", options)
    kept = api.request("GET", f"{SECRETS}/tls")

    assert (asked.status, kept.status) == (200, left)


def test_what_would_be_refused_is_refused_when_it_is_only_asked_about(api: Api) -> None:
    api.request("POST", SECRETS, named("tls"))

    asked = api.request("POST", f"{SECRETS}?dryRun=All", named("tls"))

    assert (asked.status, asked.reason) == (409, "AlreadyExists")


def test_that_something_is_immutable_can_be_said_to_be_nothing(api: Api) -> None:
    """By this a mirror is told from one that has to be made anew, without reading it."""
    lifted = [{"op": "add", "path": "/immutable", "value": None}]
    for name, immutable in (("free", False), ("fixed", True)):
        api.request("POST", SECRETS, named(name, data={"key": "b25l"}, immutable=immutable))

    statuses = [
        api.request("PATCH", f"{SECRETS}/{name}", lifted, content_type=JSON_PATCH).status
        for name in ("free", "fixed")
    ]

    assert statuses == [200, 422]
