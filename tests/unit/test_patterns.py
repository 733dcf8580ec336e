"""Patterns: Reflector's regex lists, to the oddity."""

from __future__ import annotations

import sys

import pytest

from mirroring.codes import Code
from mirroring.policies.patterns import PatternList
from mirroring.verdicts import Answer, yes


@pytest.mark.parametrize(
    ("patterns", "name"),
    [
        ("dev", "dev"),
        ("dev,stage", "stage"),
        (" dev , stage ", "stage"),
        ("dev,", "dev"),
        (",,dev", "dev"),
        ("namespace-[0-9]*", "namespace-12"),
        ("^allowed-.*", "allowed-1"),
        (".*", "anything"),
        ("dev-.*", "dev-"),
        ("^(?!kube-).*", "dev"),
        ("^(?!(?:default|kube-system)$).*", "default-2"),
        ("ab|a", "ab"),
        ("tss-*", "tss---"),
        ("(?<stage>dev|prod)", "dev"),
    ],
)
def test_a_pattern_that_spans_the_name_matches(patterns: str, name: str) -> None:
    assert PatternList.parse(patterns).judge(name).answer is Answer.YES


@pytest.mark.parametrize(
    ("patterns", "name"),
    [
        ("dev", "dev-1"),
        ("dev", "a-dev"),
        ("DEV", "dev"),
        ("a|ab", "ab"),
        ("ns-.*?", "ns-1"),
        ("^(?!kube-).*", "kube-system"),
        ("tss-*", "tss-1"),
        ("dev-.*", "a-dev-1"),
        ("dev-.*", "dev"),
        (",", "dev"),
        (" , ", "dev"),
        ("a{1,3}", "aa"),
    ],
)
def test_a_pattern_that_spans_only_a_part_does_not_match(patterns: str, name: str) -> None:
    assert not PatternList.parse(patterns).judge(name)


def test_patterns_that_say_how_names_begin_need_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards `Pattern.is_prefix`: loading the engine takes ten milliseconds of a start."""
    monkeypatch.setitem(sys.modules, "regex", None)

    patterns = PatternList.parse("dev-.*,.*")

    assert patterns.judge("dev-1") == yes("'dev-.*' spans 'dev-1'", Code.CHOSEN)
    assert patterns.judge("stage") == yes("'.*' spans 'stage'", Code.CHOSEN)
    assert patterns.problems == ()


@pytest.mark.parametrize(
    ("glob", "meant"), [("*-db", ".*-db"), ("*", ".*"), ("*-a-*", ".*-a-.*"), ("*.x", ".*.x")]
)
def test_a_glob_that_is_no_pattern_gets_a_hint(glob: str, meant: str) -> None:
    verdict = PatternList.parse(glob).judge("my-db")

    assert verdict.answer is Answer.UNKNOWN
    assert f"Did you mean '{meant}'?" in verdict.because


@pytest.mark.parametrize("broken", ["(", "[a-", "(?P<", "\\", "+"])
def test_a_pattern_that_does_not_compile_decides_nothing(broken: str) -> None:
    assert PatternList.parse(broken).judge("dev").answer is Answer.UNKNOWN


def test_a_pattern_that_matches_outweighs_a_broken_one() -> None:
    assert PatternList.parse("(,dev").judge("dev")


@pytest.mark.parametrize("bomb", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$"])
def test_a_pattern_that_takes_too_long_decides_nothing(bomb: str) -> None:
    patterns = PatternList.parse(bomb)
    name = "a" * 40 + "-b"

    assert patterns.judge(name).answer is not Answer.YES


@pytest.mark.parametrize(
    ("pattern", "because"),
    [
        ("(((a{1000}){1000}){1000}){1000}", "repeats too often"),
        ("(" * 400 + "a" + ")" * 400, "nested too deeply"),
        ("a" * 1001 + "*", "longer than 1000 characters"),
    ],
    ids=["memory", "recursion", "length"],
)
def test_a_pattern_that_would_bring_the_process_down_is_not_tried(
    pattern: str, because: str
) -> None:
    verdict = PatternList.parse(pattern).judge("dev")

    assert verdict.answer is Answer.UNKNOWN
    assert because in verdict.because


def test_many_slow_patterns_take_no_longer_than_one() -> None:
    patterns = PatternList.parse(",".join(f"(a|aa)+{number}$" for number in range(200)))

    verdict = patterns.judge("a" * 60)

    assert verdict.answer is Answer.UNKNOWN
    assert len(patterns.slow) < 10


def test_of_many_broken_patterns_the_first_are_told() -> None:
    patterns = PatternList.parse(",".join("(" * number for number in range(1, 40)))

    assert len(patterns.problems) == 10


def test_a_pattern_that_takes_long_for_many_names_decides_nothing_any_more() -> None:
    patterns = PatternList.parse("(.*a){20}$")

    verdicts = [patterns.judge("a" * 32 + f"-{number}") for number in range(1000)]

    assert verdicts[-1].answer is Answer.UNKNOWN
    assert "took too long to match" in verdicts[-1].because


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("a" * 64, "longer than any namespace's name"),
        ("(?x) d e v", "asks for blanks not to count"),
        ("(?i-x:dev)", "asks for blanks not to count"),
        ("(" + "(a)" * 300 + "){99}", "repeats too often"),
        (",".join(f"[a-z]+{number}" for number in range(51)), "more than 50 expressions"),
        (",".join(f"(?:{'a' * 400}{number}){{20}}" for number in range(3)), "repeat too often"),
        ("dev," * 5000, "longer than 16384 characters"),
    ],
    ids=["name", "verbose", "verbose-inside", "repeated", "many", "repeated-together", "long"],
)
def test_what_would_cost_too_much_is_not_tried_and_decides_nothing(text: str, because: str) -> None:
    patterns = PatternList.parse(text)

    assert patterns.judge("prod").answer is Answer.UNKNOWN
    assert because in patterns.problems[0]


def test_names_and_beginnings_hold_whatever_else_a_list_asks_for() -> None:
    patterns = PatternList.parse("dev,stage-.*," + ",".join(f"[a-z]+{n}" for n in range(51)))

    assert patterns.judge("dev") == yes("'dev' spans 'dev'", Code.CHOSEN)
    assert patterns.judge("stage-1") == yes("'stage-.*' spans 'stage-1'", Code.CHOSEN)


def test_a_pattern_that_took_too_long_once_is_not_tried_again() -> None:
    patterns = PatternList.parse("(a|aa)+$")
    first = patterns.judge("a" * 50 + "-b")

    assert patterns.judge("b").because == first.because
