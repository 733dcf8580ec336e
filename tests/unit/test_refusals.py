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

    error = refusal("x", 403, json.dumps(answer).encode(), confidential=["hunter22"])

    assert "hunter22" not in str(error)
