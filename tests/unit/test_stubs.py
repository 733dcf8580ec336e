"""Stubs: what a pull mirror holds that is no content of its owner's."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.stubs import holds_stub, may_hold_unnoted_stub, stub_note
from tests.unit.examples import metadata

Kind = Callable[[dict[str, str]], Content]
COPY = Ref(SECRET, "dev", "copy")
SOURCE = {"crt": "one", "key": "one"}


def secret(data: dict[str, str]) -> Content:
    encoded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    return Content({"data": encoded}, type="Opaque")


def config_map(data: dict[str, str]) -> Content:
    return Content({"data": data, "binaryData": {}})


@pytest.mark.parametrize("kind", [secret, config_map])
@pytest.mark.parametrize("value", ["", "{}", " {} \n", '{"auths":{}}', '{ "auths": { } }\n'])
def test_empty_values_are_no_content(value: str, kind: Kind) -> None:
    held = kind({"crt": value, "key": "one"})

    assert holds_stub(metadata(COPY), held, kind(SOURCE))


CONTENT = ["changeme", "[]", "null", "{", "0", '{"auths":{"a":{}}}']


@pytest.mark.parametrize("kind", [secret, config_map])
@pytest.mark.parametrize("value", [*CONTENT, "e30="])
def test_others_are(value: str, kind: Kind) -> None:
    held = kind({"crt": value, "key": ""})

    assert not holds_stub(metadata(COPY), held, kind(SOURCE))


def test_bytes_that_are_no_text_are_content() -> None:
    held = Content({"data": {"crt": "/w=="}}, type="Opaque")

    assert not holds_stub(metadata(COPY), held, secret(SOURCE))


def test_nothing_is_no_content_and_one_key_less_is_its_owners_wish() -> None:
    held = {"nothing": secret({}), "less": secret({"crt": "one"})}

    found = {name: holds_stub(metadata(COPY), each, secret(SOURCE)) for name, each in held.items()}

    assert found == {"nothing": True, "less": False}


NOTED = dict(stub_note(metadata(COPY), secret({"crt": "changeme"}), secret(SOURCE)))


@pytest.mark.parametrize("held", [{"crt": "changeme"}, {"crt": "changeme", "key": "one"}])
def test_what_was_noted_is_no_content(held: dict[str, str]) -> None:
    """What a manifest does not name stays as it was filled."""
    assert holds_stub(metadata(COPY, annotations=NOTED), secret(held), secret(SOURCE))


@pytest.mark.parametrize("held", [{"crt": "changeme", "key": "own"}, {"crt": "changed"}])
def test_what_was_not_noted_is(held: dict[str, str]) -> None:
    assert not holds_stub(metadata(COPY, annotations=NOTED), secret(held), secret(SOURCE))


@pytest.mark.parametrize("held", [{}, {"crt": ""}, {"crt": "one"}, SOURCE])
def test_nothing_is_noted_that_is_known_anyway(held: dict[str, str]) -> None:
    assert stub_note(metadata(COPY), secret(held), secret(SOURCE)) == {}


def is_read(*keys: str, **annotations: str) -> bool:
    named = {getattr(names, name): value for name, value in annotations.items()}
    found = metadata(COPY, annotations=named, fields=Fields(frozenset(keys)))
    return may_hold_unnoted_stub(found)


def test_what_was_never_filled_is_read_to_be_noted() -> None:
    assert is_read("data/crt")
    assert is_read("data/crt", REFLECTED_VERSION="")


def test_what_holds_nothing_or_was_filled_is_not_read() -> None:
    assert not is_read()
    assert not is_read("data/crt", REFLECTED_VERSION="7")
    assert not is_read("data/crt", CONTENT_HASH="any")
    assert not is_read("data/crt", STUB_HASH="any")
