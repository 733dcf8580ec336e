"""Lists as people write them who do not know that commas separate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring.policies.lists import likely
from mirroring.policies.patterns import PatternList
from mirroring.verdicts import Answer


@pytest.mark.parametrize(
    ("item", "meant"),
    [
        ("dev stage", "dev,stage"),
        ("dev\nstage\n", "dev,stage"),
        ("- dev\n- stage-.*", "dev,stage-.*"),
        ("dev;stage", "dev,stage"),
        ('"dev', "dev"),
        ("stage'", "stage"),
        ("“dev”", "dev"),
        ('["dev"', "dev"),
        ('"stage"]', "stage"),
        ('["dev"]', "dev"),
        ("[dev", "dev"),
        ("stage]", "stage"),
        ("dev | stage", "dev,stage"),
    ],
)
def test_what_was_meant_is_said(item: str, meant: str) -> None:
    assert likely(item).endswith(f"Separate names by commas and nothing else: {meant!r}")


@pytest.mark.parametrize(
    "item",
    [
        "",
        "dev",
        "dev-.*",
        "^(?!kube-).*",
        "[^ ]+",
        "[a-z]{1,3}",
        "dev|stage",
        "(?x) dev",
        "cert-manager/*",
    ],
)
def test_of_what_is_right_nothing_is_said(item: str) -> None:
    assert likely(item) == ""


@given(st.text())
def test_whatever_is_written_what_is_said_of_it_is_short(text: str) -> None:
    assert len(likely(text * 50)) < 2500


@pytest.mark.parametrize("text", ["dev\nstage", '"dev,stage"', "dev stage", '["dev", "stage"]'])
def test_a_list_that_is_none_is_told_and_neither_permits_nor_forbids(text: str) -> None:
    patterns = PatternList.parse(text)

    assert patterns.judge("dev").answer is Answer.UNKNOWN
    assert "by commas" in patterns.problems[0]


def test_a_pattern_with_a_blank_still_matches_what_it_matched() -> None:
    """As for Reflector: `dev|x y` is an expression."""
    assert PatternList.parse("dev|x y").judge("dev").answer is Answer.YES
