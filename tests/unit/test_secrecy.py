"""The scan for bytes of Secrets: it would find them."""

from __future__ import annotations

import base64
import json

import pytest

from tests.secrecy import found_in

SECRET = b"the private key"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz", "xyzw"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_a_secret_is_found_in_base64_wherever_it_begins(before: str, after: str) -> None:
    text = base64.b64encode(before.encode() + SECRET + after.encode())

    assert found_in({"log": b"before " + text + b" after"}, [SECRET]) == ["log"]


def test_a_secret_is_found_as_it_is() -> None:
    collected = {"log": b'{"reason": "the private key is odd"}', "other": b"nothing"}

    assert found_in(collected, [SECRET]) == ["log"]


def test_a_secret_is_found_in_the_base64_of_an_event_that_carries_a_secrets_data() -> None:
    inner = json.dumps({"data": {"tls.key": base64.b64encode(SECRET).decode()}}).encode()

    text = base64.b64encode(inner)

    assert found_in({"dead letter": text}, [SECRET, base64.b64encode(SECRET)]) == ["dead letter"]


def test_what_holds_no_secret_is_not_named() -> None:
    assert found_in({"log": b"the public certificate"}, [SECRET]) == []
