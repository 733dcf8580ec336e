"""Codes: each reason has one, it means one thing for ever, and whoever is told is told the same."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mirroring.codes import Code, Reason
from mirroring.errors import Forbidden
from mirroring.meanings import GROUPS, MEANINGS
from mirroring.planning.discretion import said_of
from mirroring.planning.steps import TOLD, Op
from mirroring.reporting.audit import lines
from mirroring.reporting.kubernetes_events import event, notices
from mirroring.reporting.reports import Action, Outcome, Report
from tests.cli.states.unexplained import CLAIMS, DISCREET
from tests.decisions.codes_page import PATH, page
from tests.decisions.decided import Decided, codes_of, decided, decision_rows
from tests.decisions.situations import (
    CERTIFICATE,
    CONTROLLED,
    COPY,
    DISPLACED,
    FOREIGN,
    LEFT,
    OTHERS,
    STRAY,
    YIELDED,
)
from tests.unit.examples import AT, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIBRARY: Final = Path(__file__).parents[2] / "shared" / "mirroring"

# Whoever adds a code adds it here, too; what stands here is never changed, nor taken out.
PINNED: Final = {
    "KM101": "IN_SYNC",
    "KM102": "EDITS_STAY",
    "KM103": "OWNERS_CONTENT",
    "KM104": "ITS_MIRROR",
    "KM105": "AS_TOLD",
    "KM106": "NO_CONCERN",
    "KM201": "CHOSEN",
    "KM202": "UNWRITTEN",
    "KM203": "SOURCE_CHANGED",
    "KM204": "COPIES_CHANGED",
    "KM205": "EDITED",
    "KM206": "UNFILLED",
    "KM207": "RETARGETED",
    "KM208": "STUB",
    "KM209": "MADE_ANEW",
    "KM210": "UNLABELLED",
    "KM211": "FORMER_KEY",
    "KM212": "CEDED",
    "KM213": "MADE_A_SOURCE",
    "KM214": "SUCCESSION_OVER",
    "KM215": "HANDED_OVER",
    "KM216": "INHERITED",
    "KM217": "OUTRANKS",
    "KM301": "GONE",
    "KM302": "PERMITS_NONE",
    "KM303": "A_MIRROR_ITSELF",
    "KM304": "NOT_AUTOMATIC",
    "KM305": "NOT_ALLOWED",
    "KM306": "NOT_CHOSEN",
    "KM307": "NOT_ACCEPTED",
    "KM308": "RESERVED",
    "KM309": "NAME_NOT_ACCEPTED",
    "KM310": "RENAMED",
    "KM311": "NAMESPACE_GOES",
    "KM312": "GOES",
    "KM313": "LOSS_STAYS",
    "KM314": "SUCCEEDED",
    "KM315": "TAKEN_OVER",
    "KM316": "OUTSIDE_LIMITS",
    "KM317": "KEPT_NAME",
    "KM318": "ELSEWHERE",
    "KM319": "DECLARED",
    "KM401": "IN_THE_WAY",
    "KM402": "NO_MIRROR",
    "KM403": "A_COPY",
    "KM404": "ANOTHERS_MIRROR",
    "KM405": "A_SOURCE_ITSELF",
    "KM406": "CERTIFICATES",
    "KM407": "CONTROLLED",
    "KM408": "COMES_AFTER",
    "KM409": "COMES_BEFORE",
    "KM410": "PLACE_KEPT",
    "KM411": "CONTESTED",
    "KM501": "ABSENT_OR_REFUSED",
    "KM502": "CIRCLE",
    "KM503": "TOO_LONG_A_CHAIN",
    "KM601": "NO_RIGHT",
    "KM602": "OVER_QUOTA",
    "KM603": "DENIED",
    "KM604": "INVALID",
    "KM605": "UNAVAILABLE",
    "KM606": "UNAUTHORIZED",
    "KM607": "TOO_LARGE",
    "KM608": "EXPIRED",
    "KM609": "MOVED",
    "KM701": "UNREADABLE_NAME",
    "KM702": "UNREADABLE_KEYS",
    "KM703": "MISSING_KEYS",
    "KM704": "REFUSED_TYPE",
    "KM705": "UNREADABLE_PATTERN",
    "KM706": "SLOW_PATTERN",
    "KM707": "UNREADABLE_SELECTOR",
    "KM708": "UNREADABLE_ACCEPT",
    "KM709": "UNKNOWN_ANNOTATION",
    "KM710": "NEITHER_TRUE_NOR_FALSE",
    "KM711": "UNREADABLE_REFLECTS",
    "KM712": "UNREADABLE_COPIES",
    "KM713": "NEVER_COPIED",
    "KM714": "WITHHELD",
    "KM715": "UNHEEDED",
    "KM801": "KEEPS_CHANGING",
    "KM802": "TIME_IS_UP",
    "KM803": "NOT_TRIED",
    "KM804": "END_NOT_NOTED",
    "KM805": "FAULT",
    "KM806": "SETTING",
}


def test_no_code_is_ever_given_another_meaning() -> None:
    assert {code.value: code.name for code in Code} == PINNED


def test_codes_are_in_order_and_of_a_group_that_has_a_title() -> None:
    found = [code.value for code in Code]

    assert found == sorted(found)
    assert {code[:3] for code in found} == set(GROUPS)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.value)
def test_each_code_says_what_it_means_and_what_mends_it(code: Code) -> None:
    title, means, remedy = MEANINGS[code]

    assert not title.endswith(".")
    assert [text[-1:] for text in (means, remedy)] == [".", "."]


def test_the_page_is_what_the_codes_mean() -> None:
    """`make tables` writes it."""
    assert PATH.read_text() == page()


def given(tree: ast.AST) -> Iterator[str]:
    """The codes that a module names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from [node.attr] if node.value.id == "Code" else []


def test_each_code_is_given_somewhere() -> None:
    modules = [
        each for each in LIBRARY.rglob("*.py") if each.name not in {"codes.py", "meanings.py"}
    ]

    found = {name for each in modules for name in given(ast.parse(each.read_text()))}

    assert found == {code.name for code in Code}


@pytest.mark.parametrize(
    "op", [op for op in Op if op in {each.step.op for each in decided().values()}]
)
def test_each_row_of_the_table_has_a_code(op: Op) -> None:
    rows = [row for row in decision_rows() if row.decision.op == op.value]

    assert all(map(codes_of, rows))


@pytest.mark.parametrize(
    ("thing", "code"),
    [
        (FOREIGN, "KM402"),
        (COPY, "KM403"),
        (OTHERS, "KM404"),
        (DISPLACED, "KM405"),
        (CERTIFICATE, "KM406"),
        (CONTROLLED, "KM407"),
        (LEFT, "KM314"),
        (YIELDED, "KM315"),
        (STRAY, "KM319"),
    ],
)
def test_what_an_object_is_has_one_code_whatever_the_rules_say(thing: str, code: str) -> None:
    found = {each.step.code.value for each in decided().values() if is_about(each, thing)}

    assert found == {code}


def is_about(each: Decided, thing: str) -> bool:
    """Whether a combination is about a kind of object, and nothing goes."""
    goes = each.combination.goes or each.combination.namespace_goes
    return each.situation.thing == thing and not goes


def test_one_sentence_has_one_code() -> None:
    codes: dict[str, set[Code]] = {}
    for each in decided().values():
        codes.setdefault(each.step.because, set()).add(each.step.code)

    assert {because: found for because, found in codes.items() if len(found) > 1} == {}


def test_whose_an_object_is_is_no_reason_for_what_is_done_to_it() -> None:
    assert CLAIMS.keys().isdisjoint(each.step.code for each in decided().values())


def told() -> Iterable[Outcome]:
    """What is told of every step that is told, once of each code."""
    found: dict[tuple[Code, bool], Outcome] = {}
    actions = {Op.CONFLICT: Action.CONFLICT, Op.REFUSE: Action.REFUSED}
    for each in decided().values():
        step = each.step
        if step.op in TOLD:
            said = said_of(step, SOURCE)
            found[step.code, said is None] = Outcome(
                actions[step.op],
                step.target,
                SOURCE,
                step.because,
                step.code,
                declared=step.declared,
                said=said,
            )
    return found.values()


def audited(outcome: Outcome) -> tuple[str, str]:
    """The sentence and the code that the audit log has of an outcome."""
    report = Report("on-resync")
    report.record(outcome)
    target, _ = lines(report)
    return target["reason"], target["code"]


def said_in_events(outcome: Outcome) -> list[str]:
    return [event(each, "uid", at=AT)["message"] for each in notices([outcome])]


def test_an_event_and_the_audit_log_say_the_same_by_the_same_code_where_all_may_know_it() -> None:
    outcome = Outcome(Action.FAILED, SOURCE, SOURCE, "a pattern", Code.UNREADABLE_PATTERN)
    because, code = audited(outcome)

    assert said_in_events(outcome) == [f"{because} ({code})"]


def test_an_event_of_what_not_all_may_know_has_the_code_of_what_it_says() -> None:
    withheld = [each for each in told() if each.said and each.said.because != each.because]
    general = {*DISCREET, Code.COMES_AFTER}

    assert withheld
    assert {each.said.code for each in withheld if each.said} == general
    assert not [
        message
        for each in withheld
        for message in said_in_events(each)
        if each.code is not Code.COMES_AFTER and message.endswith(f"({each.code.value})")
    ]


def test_the_audit_log_has_the_code_of_the_reason_whatever_an_event_says() -> None:
    assert [audited(each) for each in told()] == [
        (each.because, each.code.value) for each in told()
    ]


def test_what_is_said_of_a_full_quota_is_no_more_than_that_it_is_full() -> None:
    error = Forbidden("all of it", said="less", code=Code.OVER_QUOTA)
    said = Reason(error.said, error.code)
    outcome = Outcome(Action.FAILED, SOURCE.in_namespace("dev"), SOURCE, str(error), error.code)

    assert said_in_events(outcome._replace(said=said)) == ["less (KM602)"]
