"""Selectors: the cases of Reflector's `LabelSelectorMatchTests`, and what they leave out."""

from __future__ import annotations

import pytest

from mirroring.errors import SelectorError
from mirroring.policies.selectors import parse

PROD = {"env": "prod"}


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ("env=prod", PROD),
        ("env==prod", PROD),
        ("env = prod", PROD),
        ("env!=dev", PROD),
        ("env!=dev", {}),
        ("env", PROD),
        ("!env", {}),
        ("! env", {}),
        ("env=prod,team=a", {"env": "prod", "team": "a"}),
        ("env in (prod,stage)", PROD),
        ("env in ( prod , stage )", PROD),
        ("env notin (dev,test)", PROD),
        ("env notin (dev)", {}),
        ("env in (prod),team", {"env": "prod", "team": "a"}),
        ("app.kubernetes.io/name=reflector", {"app.kubernetes.io/name": "reflector"}),
        ("env=", {"env": ""}),
        ("env=dev,env=prod", PROD),
    ],
)
def test_a_selector_matches(selector: str, labels: dict[str, str]) -> None:
    assert parse(selector).matches(labels)


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ("env=prod", {"env": "dev"}),
        ("env=prod", {}),
        ("env!=prod", PROD),
        ("env", {}),
        ("!env", PROD),
        ("env=prod,team=a", PROD),
        ("env in (dev,test)", PROD),
        ("env in (prod)", {}),
        ("env notin (prod,stage)", PROD),
        ("env=prod", {"env": "Prod"}),
        ("env=prod,env=dev", PROD),
        ("env!=prod,env!=dev", PROD),
    ],
)
def test_a_selector_does_not_match(selector: str, labels: dict[str, str]) -> None:
    assert not parse(selector).matches(labels)


@pytest.mark.parametrize(
    "selector",
    [
        *(",", ",,", ", ,", "env=prod,", ",env=prod"),
        *("!", "!=value", "=value", "=", "==", "!!env"),
        *("env in (prod", "env in prod)", "env in ()", "()", "env in prod", "env in((prod))"),
        *("-env=prod", "env-=prod", ".env=prod", "env name=prod", "a/b/c=d", "/env", "env/"),
        *("a in (" + "b," * 2100 + "c)", "a" + " " * 5000),
        *("e" * 64 + "=prod", "env=" + "v" * 64, "env=a b", "env=a=b", "env>1", "env in (a b)"),
    ],
)
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(SelectorError):
        parse(selector)


def test_the_refusal_names_the_part_and_the_remedy() -> None:
    with pytest.raises(
        SelectorError, match=r"'env in \(\)' lists no values. Write 'env in \(a, b\)'"
    ):
        parse("team=a,env in ()")
