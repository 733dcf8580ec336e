"""Rules: what a source's annotations permit."""

from __future__ import annotations

import pytest

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.metadata import Namespace
from mirroring.ownership.records import is_true
from mirroring.policies.rules import Rules
from mirroring.verdicts import Answer
from tests.unit.examples import EVERYWHERE, namespace


def auto(name: str, labels: dict[str, str] | None = None, **annotations: str) -> Answer:
    """What rules say to an automatic mirror; annotations by their names in `names`."""
    named = {getattr(names, key): value for key, value in annotations.items()}
    return Rules.read(EVERYWHERE | named).permits_auto(Namespace(name, labels or {})).answer


@pytest.mark.parametrize("text", ["true", "True", "TRUE", " true ", "tRuE"])
def test_true_in_any_case_is_true(text: str) -> None:
    assert is_true(text)


@pytest.mark.parametrize("text", ["", None, "1", "yes", "on", "truee", "t rue", "false"])
def test_all_else_is_false(text: str | None) -> None:
    assert not is_true(text)


def test_without_restriction_every_namespace_gets_a_mirror() -> None:
    assert auto("anything") is Answer.YES


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_list_restricts_nothing(blank: str) -> None:
    assert auto("dev", AUTO_NAMESPACES=blank, ALLOWED_NAMESPACES=blank) is Answer.YES


def test_nothing_is_automatic_unless_it_is_enabled() -> None:
    assert auto("dev", AUTO_ENABLED="nope") is Answer.NO


def test_auto_is_never_wider_than_allowed() -> None:
    assert auto("dev", ALLOWED_NAMESPACES="prod", AUTO_NAMESPACES="dev,prod") is Answer.NO


def test_allowed_alone_is_not_enough_where_auto_is_narrower() -> None:
    assert auto("dev", ALLOWED_NAMESPACES="dev,prod", AUTO_NAMESPACES="prod") is Answer.NO


def test_a_namespace_is_chosen_by_its_labels() -> None:
    assert auto("dev", {"env": "prod"}, AUTO_NAMESPACES_SELECTOR="env=prod") is Answer.YES


def test_a_namespace_without_the_labels_is_not_chosen() -> None:
    assert auto("dev", {}, ALLOWED_NAMESPACES_SELECTOR="env=prod") is Answer.NO


def test_a_name_that_matches_is_enough_where_labels_do_not() -> None:
    assert auto("dev", {}, AUTO_NAMESPACES="dev", AUTO_NAMESPACES_SELECTOR="env=prod") is Answer.YES


def test_labels_that_match_are_enough_where_the_name_does_not() -> None:
    labels = {"env": "prod"}

    assert (
        auto("x", labels, AUTO_NAMESPACES="dev", AUTO_NAMESPACES_SELECTOR="env=prod") is Answer.YES
    )


@pytest.mark.parametrize("selector", [",", "env in (prod", "!", "=value"])
def test_a_malformed_selector_permits_nothing_and_forbids_nothing(selector: str) -> None:
    assert auto("dev", ALLOWED_NAMESPACES_SELECTOR=selector) is Answer.UNKNOWN


def test_a_malformed_pattern_permits_nothing_and_forbids_nothing() -> None:
    assert auto("dev", AUTO_NAMESPACES="*-db") is Answer.UNKNOWN


def test_a_clear_no_of_one_side_outweighs_a_malformed_other_side() -> None:
    assert auto("dev", ALLOWED_NAMESPACES="prod", AUTO_NAMESPACES="*-db") is Answer.NO


def test_what_is_malformed_is_a_problem_that_names_its_annotation() -> None:
    rules = Rules.read(EVERYWHERE | {names.AUTO_NAMESPACES: "*-db"})
    rules.permits_auto(namespace("dev"))

    (problem,) = rules.problems()
    assert problem.because.startswith("reflection-auto-namespaces: ")
    assert "'.*-db'" in problem.because
    assert problem.code is Code.UNREADABLE_PATTERN


def test_healthy_rules_have_no_problems() -> None:
    rules = Rules.read(EVERYWHERE | {names.AUTO_NAMESPACES: "dev,^(?!kube-).*"})
    rules.permits_auto(namespace("dev"))

    assert rules.problems() == []
