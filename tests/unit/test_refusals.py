"""Answers: each refusal of the API server becomes the error that says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mirroring.cluster.refusals import refusal
from mirroring.errors import (
    AlreadyExists,
    ApiError,
    Expired,
    Forbidden,
    Invalid,
    NamespaceGone,
    Stale,
    Unauthorized,
    Unavailable,
)
from mirroring.objects.content import Content

OLD = "the content of before"
BY_POLICY = "ValidatingAdmissionPolicy 'theirs' with binding 'theirs' denied request"
TERMINATING = {"causes": [{"reason": "NamespaceTerminating"}]}


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, {"reason": "BadRequest"}, Invalid),
        (401, {"reason": "Unauthorized"}, Unauthorized),
        (403, {"reason": "Forbidden"}, Forbidden),
        (403, {"reason": "Forbidden", "details": TERMINATING}, NamespaceGone),
        (404, {"reason": "NotFound"}, NamespaceGone),
        (409, {"reason": "AlreadyExists"}, AlreadyExists),
        (409, {"reason": "Conflict"}, Stale),
        (410, {"reason": "Expired"}, Expired),
        (422, {"reason": "Invalid"}, Invalid),
        (429, {"reason": "TooManyRequests"}, Unavailable),
        (500, {"reason": "InternalError"}, Unavailable),
        (503, {}, Unavailable),
    ],
)
def test_a_refusal_becomes_its_error(
    status: int, answer: dict[str, Any], error: type[ApiError]
) -> None:
    assert type(refusal("create Secret dev/tls", status, json.dumps(answer).encode())) is error


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("reason", ["", "AlreadyExists", "Conflict", "NotFound"])
@pytest.mark.parametrize(
    "denial",
    [
        'admission webhook "policy.example.com" denied the request: not here',
        'admission webhook "policy.example.com" denied the request without explanation',
    ],
)
def test_what_a_webhook_denies_is_forbidden_by_whichever_status(
    status: int, reason: str, denial: str
) -> None:
    """E2: a conflict would be looked at again, without end."""
    answer = json.dumps({"reason": reason, "message": denial}).encode()

    assert type(refusal("create Secret dev/tls", status, answer)) is Forbidden


def test_a_refusal_says_what_was_asked_why_it_failed_and_what_to_do() -> None:
    answer = {"reason": "Forbidden", "message": "exceeded quota: small"}

    assert str(refusal("create Secret dev/tls", 403, json.dumps(answer).encode())) == (
        "The API server refused to create Secret dev/tls: Forbidden: exceeded quota: small. "
        "Grant what is missing, or have the policy or quota admit it."
    )


@pytest.mark.parametrize("body", [b"", b"<html>bad gateway</html>", b"[]", b"\xff"])
def test_an_answer_that_is_not_of_the_api_server_is_still_an_error(body: bytes) -> None:
    assert isinstance(refusal("list secrets", 502, body), Unavailable)


def test_a_secret_that_an_admission_webhook_quotes_is_blotted_out() -> None:
    answer = {"reason": "Forbidden", "message": "webhook denied: hunter22 is too weak"}
    content = Content({"data": {"password": "hunter22"}})

    error = refusal("x", 403, json.dumps(answer).encode(), sent=content)

    assert "webhook denied: … is too weak" in str(error)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (f'admission webhook "theirs.example.com" denied the request: {OLD}', "theirs.example.com"),
        (
            f"ValidatingAdmissionPolicy 'a' with binding 'b' denied request: {OLD}",
            "ValidatingAdmissionPolicy 'a' with binding 'b' denied request",
        ),
        (f'failed calling webhook "theirs.example.com": {OLD}', "theirs.example.com"),
        (f'an error on the server ("{OLD}") has prevented the request', "an error on the server"),
    ],
)
def test_of_content_that_is_not_known_nobody_is_quoted(message: str, kept: str) -> None:
    """F19: a webhook is shown what is replaced, too."""
    answer = json.dumps({"reason": OLD, "message": message}).encode()

    error = refusal("patch Secret dev/tls", 403, answer, is_quoted=False)

    assert OLD not in str(error)
    assert kept in str(error)
    assert error.reason == "HTTP 403"


def test_what_the_api_server_itself_says_is_quoted_whole() -> None:
    said = 'Secret "tls" is invalid: data: Forbidden: field is immutable when `immutable` is set'
    answer = json.dumps({"reason": "Invalid", "message": said}).encode()

    assert said in str(refusal("patch Secret dev/tls", 422, answer, is_quoted=False))


def test_the_figures_of_a_quota_are_for_those_who_may_know_them() -> None:
    """F12."""
    said = 'secrets "tls" is forbidden: exceeded quota: team, requested: count/secrets=1, used: 9'
    answer = json.dumps({"reason": "Forbidden", "message": said}).encode()

    error = refusal("create Secret dev/tls", 403, answer)

    assert said in str(error)
    assert 'create Secret dev/tls: Forbidden: secrets "tls" is forbidden: exceeded quota. ' in (
        error.said
    )


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (403, 'secrets is forbidden: User "kn-mirror" cannot create resource "secrets"', "KM601"),
        (403, 'secrets "tls" is forbidden: exceeded quota: team, used: 9', "KM602"),
        (400, 'admission webhook "theirs.example.com" denied the request: no', "KM603"),
        (403, f'secrets "tls" is forbidden: {BY_POLICY}: exceeded quota: no', "KM603"),
        (
            422,
            "ValidatingAdmissionPolicy 'theirs' with binding 'theirs' denied request: no",
            "KM603",
        ),
        (422, 'Secret "tls" is invalid: data: Forbidden: field is immutable', "KM604"),
        (500, 'failed calling webhook "theirs.example.com": no answer', "KM605"),
        (401, "Unauthorized", "KM606"),
    ],
)
def test_a_refusal_has_the_code_of_whoever_refused(status: int, message: str, code: str) -> None:
    answer = json.dumps({"message": message}).encode()

    assert refusal("create Secret dev/tls", status, answer).code.value == code
