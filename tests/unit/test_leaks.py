"""Which annotations hold what of a source's content, so that they are not copied with it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from mirroring.cluster.writing import ApiWriter
from mirroring.errors import Forbidden
from mirroring.objects.changes import Post
from mirroring.objects.content import Content
from mirroring.objects.references import SECRET, Ref
from mirroring.policies.leaks import LONGEST_WORD, holding, is_plain_word
from mirroring.policies.metadata_filters import MetadataFilter
from mirroring.policies.projections import Projection
from tests.stand_ins import StandIn
from tests.strategies import secrets_told

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtL\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def withheld(annotations: dict[str, str], *, keys: str = "", of: str = "*") -> set[str]:
    """Which of a source's annotations are not copied; it holds `ca.crt` and a key."""
    asked = {names.COPY_ANNOTATIONS: of, names.KEYS: keys}
    content = Content(
        {"data": {"ca.crt": encoded("the certificate of all"), "tls.key": encoded(KEY)}}, "Opaque"
    )
    return set(Projection.read(asked).withheld(annotations, content))


@given(secrets_told())
def test_however_a_value_is_written_in_an_annotation_it_is_found(told: tuple[str, str]) -> None:
    value, annotation = told

    secret = Content({"data": {"key": encoded(value)}}, "Opaque")
    config_map = Content({"data": {"key": value}, "binaryData": {}})

    assert holding({"a": annotation, "b": "plain"}, secret) == {"a"}
    assert holding({"a": annotation, "b": "plain"}, config_map) == {"a"}


@given(secrets_told())
def test_however_whoever_refuses_a_write_quotes_a_value_it_is_in_no_message(
    told: tuple[str, str],
) -> None:
    """Guards `forms` in `ApiWriter._send`."""
    value, quoting = told
    secret = Content({"data": {"key": encoded(value)}}, "Opaque")
    answer = {"reason": "Forbidden", "message": f"webhook denied: {quoting}"}
    refusing = ApiWriter(StandIn(403, json.dumps(answer).encode()))

    with pytest.raises(Forbidden) as refused:
        refusing.apply(Post(Ref(SECRET, "dev", "tls"), b"{}", secret))

    said = str(refused.value)
    assert value.strip() not in said
    assert json.dumps(value.strip())[1:-1] not in said
    assert encoded(value).rstrip("=") not in said


@given(st.dictionaries(st.text(max_size=5), st.text()), st.text(), st.binary())
def test_whatever_is_written_nothing_breaks(
    annotations: dict[str, str], text: str, data: bytes
) -> None:
    fields = {"data": {"text": text}, "binaryData": {"bytes": base64.b64encode(data).decode()}}

    assert holding(annotations, Content(fields)) <= annotations.keys()


def test_short_values_are_in_any_text_and_count_for_nothing() -> None:
    assert (
        holding({"a": "admin of the shop"}, Content({"data": {"user": encoded("admin")}})) == set()
    )


def test_what_makes_it_compare_without_end_gets_nothing_copied() -> None:
    """Guards `_MOST_COMPARED`."""
    many = Content({"data": {f"{number}": f"aaaaaaaa{number}" for number in range(30_000)}})
    annotations = {"a": "aaaaaaaa-" * 100, "b": "another word"}

    assert holding(annotations, many) == {"a"}


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("the team of the shop", True),
        ('{"tier": 1}', True),
        ("x" * LONGEST_WORD, True),
        ("x" * (LONGEST_WORD + 1), False),
        ('{"kind":"Secret","data":{"password":"b2xk"}}', False),
        (json.dumps(json.dumps({"stringData": {}})), False),
        ("kind: Secret\ndata:\n  password: b2xk\n", False),
        ("H4sIAAAAAAAAA6tWSkksSVSyUqhWKkgsLi7PL0pRslJKMsqucAMKKNXWAgBRJHgEHwAAAA==", False),
    ],
)
def test_a_plain_word_is_short_and_no_object(value: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_plain_word(value) is is_one
    picked = MetadataFilter.parse("*").pick({"example.com/a": value})
    assert bool(picked) is is_one


def test_by_its_full_name_a_long_value_is_copied() -> None:
    long = {"example.com/a": '{"data": ' + "x" * 5000}

    assert MetadataFilter.parse("example.com/a").pick(long) == long


def test_by_its_full_name_what_keys_leave_out_is_not_copied() -> None:
    """Guards `_left_out`."""
    annotations = {"example.com/a": encoded(KEY), "example.com/b": "the certificate of all"}

    assert withheld(annotations, keys="ca.crt", of="example.com/a,example.com/b") == {
        "example.com/a"
    }


def test_by_its_full_name_what_mirrors_get_anyway_is_copied() -> None:
    assert withheld({"example.com/a": encoded(KEY)}, of="example.com/a") == set()


def test_by_a_pattern_no_value_is_copied_whether_mirrors_get_it_or_not() -> None:
    annotations = {"example.com/a": "the certificate of all", "example.com/b": "the shop's"}

    assert withheld(annotations) == {"example.com/a"}


def test_a_line_of_a_key_is_found() -> None:
    assert withheld({"example.com/a": f"{KEY.splitlines()[1]} …"}) == {"example.com/a"}
