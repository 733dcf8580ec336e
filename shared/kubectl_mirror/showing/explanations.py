"""The answers of `explain`, as people and programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.showing.entries import entry, named, reason
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.tables import Text, printable
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.asking.explanations import Explanation
    from kubectl_mirror.asking.rules import Rule

_COLOURS: Final = {Answer.YES: "green", Answer.NO: "red", Answer.UNKNOWN: "yellow"}
_HEADS: Final = ("RULE", "ON", "WRITTEN", "ANSWER", "BECAUSE")
_NOTHING: Final = "-"
_LONGEST: Final = 60  # characters of what somebody wrote


def explanation_page(explained: Sequence[Explanation], notes: Sequence[str] = ()) -> Page:
    """Show why, of one object or several."""
    return Page(
        [
            Table(
                _HEADS,
                [_rule(rule) for rule in each.rules],
                title="\n".join(_said(each)),
                foot="\n".join(_mending(each)),
                is_titled=True,
            )
            for each in explained
        ],
        lambda: _document(explained),
        [named(each.about) for each in explained],
        notes,
    )


def _said(each: Explanation) -> Iterator[str]:
    code = f" ({each.code.value})" if each.code else ""
    yield click.style(f"{printable(each.sentence)}{code}", bold=True)
    yield from map(printable, (*each.details, *map(coded, each.problems)))


def _mending(each: Explanation) -> Iterator[str]:
    if each.remedies:
        # Nobody said that there is to be one.
        yield "If one is wanted there:" if each.is_well else "To change that:"
        yield from (f"  {printable(remedy.command)}" for remedy in each.remedies)


def _rule(rule: Rule) -> Sequence[Text]:
    return (
        Text(rule.annotation.rpartition("/")[2]),
        Text(f"{rule.on.kind.name.lower()}/{rule.on.name}"),
        _written(rule),
        Text(rule.verdict.answer.value, _COLOURS[rule.verdict.answer]),
        Text(rule.verdict.because),
    )


def _written(rule: Rule) -> Text:
    """Show what is written; of a long list the part that decided, among as much as fits."""
    if not rule.text:
        return Text(_NOTHING)
    text = rule.text.replace("\n", " ")
    if len(text) <= _LONGEST:
        return Text(text, part=rule.part)
    at = max(0, text.find(rule.part)) if rule.part else 0
    begin = max(0, min(at, len(text) - _LONGEST))
    cut = text[begin : begin + _LONGEST]
    after = "…" if begin + _LONGEST < len(text) else ""
    return Text(f"{'…' if begin else ''}{cut}{after}", part=rule.part)


def _document(explained: Sequence[Explanation]) -> Mapping[str, Any]:
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Explanation",
        "items": [_entry(each) for each in explained],
    }


def _entry(each: Explanation) -> Mapping[str, Any]:
    return {
        **entry(each.about),
        "source": each.source.path if each.source else None,
        "state": each.state.value if each.state else None,
        "sentence": each.sentence,
        "code": each.code.value if each.code else None,
        "details": [*each.details],
        "problems": [*map(reason, each.problems)],
        "rules": [_rule_entry(rule) for rule in each.rules],
        "remedies": [remedy.command for remedy in each.remedies],
    }


def _rule_entry(rule: Rule) -> Mapping[str, Any]:
    return {
        "annotation": rule.annotation,
        "on": named(rule.on),
        "written": rule.text or None,
        "part": rule.part or None,
        "answer": rule.verdict.answer.value,
        "because": rule.verdict.because,
        "code": rule.verdict.code.value,
    }
