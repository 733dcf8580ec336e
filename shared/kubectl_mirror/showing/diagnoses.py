"""The answers of `doctor`, as people and programs read them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from kubectl_mirror.checking.checks import WELL, Result
from kubectl_mirror.showing.pages import Page
from kubectl_mirror.showing.tables import Text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kubectl_mirror.checking.checks import Checked, Diagnosis, Finding
    from kubectl_mirror.showing.pages import Output

_MARKS: Final = {
    Result.OK: ("√", "green"),
    Result.WARNING: ("‼", "yellow"),
    Result.UNKNOWN: ("?", "yellow"),
    Result.ERROR: ("✗", "red"),
}
_ANCHORS: Final = "docs/codes.md"
_INDENT: Final = "    "
_FEW: Final = 3  # checks that rights are missing for, of which each says which one


@dataclass(frozen=True)
class _Text(Page):
    """A page that is no table for people."""

    checked: Sequence[Checked] = ()

    def _tables(self, output: Output) -> Iterator[str]:
        yield from diagnosis_lines(self.checked, is_brief=output.format != "wide")


def diagnosis_page(diagnosis: Diagnosis) -> Page:
    """Show each check by a line, and below it what is wrong and what mends it."""
    ill = [each.check.code for each in diagnosis.checked if each.result is not Result.OK]
    return _Text((), lambda: _document(diagnosis), ill, checked=diagnosis.checked)


def diagnosis_lines(checked: Iterable[Checked], *, is_brief: bool = False) -> Iterator[str]:
    """Return the lines for people, those of each check as soon as it has been looked at.

    Args:
        checked: in their order.
        is_brief: whether checks that rights are missing for come last, and many of them as one.
    """
    seen: list[Checked] = []
    denied: list[Checked] = []
    for name, found in groupby(checked, lambda each: each.check.category):
        is_headed = False
        for each in found:
            seen.append(each)
            if is_brief and each.is_denied:
                denied.append(each)
                continue
            if not is_headed:
                yield click.style(name, bold=True)
            is_headed = True
            yield from _check(each)
        if is_headed:
            yield ""
    if denied:
        yield from _denied(denied)
        yield ""
    yield _verdict(seen)


def _denied(denied: Sequence[Checked]) -> Iterator[str]:
    """Say what could not be looked at: of many checks for whom they are, at once."""
    yield click.style("What your rights do not show", bold=True)
    if len(denied) <= _FEW:
        for each in denied:
            yield from _check(each)
        return
    mark, colour = _MARKS[Result.UNKNOWN]
    yield f"{click.style(mark, fg=colour)} {len(denied)} checks take an administrator's rights"
    yield f"{_INDENT}→ Have an administrator ask. -o wide says of each check which right it takes."


def _check(checked: Checked) -> Iterator[str]:
    mark, colour = _MARKS[checked.result]
    remarks = "; ".join(each.because for each in checked.findings if each.result is Result.OK)
    title = f"{checked.check.title}{f': {printable(remarks)}' if remarks else ''}"
    yield f"{click.style(mark, fg=colour)} {checked.check.code} {title}"
    wrong = [each for each in checked.findings if each.result is not Result.OK]
    # What one command mends is followed by it once.
    for mend, those in groupby(wrong, lambda each: each.mend):
        for each in those:
            yield f"{_INDENT}{Text(each.because, _MARKS[each.result][1]).styled}"
        if mend:
            yield f"{_INDENT}→ {printable(mend)}"
    if wrong:
        yield f"{_INDENT}see {_anchor(checked)}"


def _verdict(checked: Iterable[Checked]) -> str:
    counts = Counter(each.result for each in checked)
    said = ", ".join(
        f"{counts[each]} {words[counts[each] > 1]}"
        for each, words in (
            (Result.ERROR, ("error", "errors")),
            (Result.UNKNOWN, ("unknown", "unknown")),
            (Result.WARNING, ("warning", "warnings")),
        )
        if counts[each]
    )
    told = {
        Result.ERROR: "It is not well",
        Result.UNKNOWN: "As far as could be seen it is well",
        Result.WARNING: "It is well",
        Result.OK: "It is well",
    }
    worst = max(counts, key=lambda each: each.rank, default=Result.OK)
    return click.style(f"{told[worst]}{f': {said}' if said else ''}.", fg=_MARKS[worst][1])


def _document(diagnosis: Diagnosis) -> Mapping[str, Any]:
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Diagnosis",
        "success": diagnosis.code == WELL,
        "categories": [
            {"name": name, "checks": [_entry(each) for each in found]}
            for name, found in diagnosis.categories
        ],
    }


def _entry(checked: Checked) -> Mapping[str, Any]:
    return {
        "code": checked.check.code,
        "title": checked.check.title,
        "result": checked.result.value,
        "findings": [_finding(each) for each in checked.findings],
        "see": _anchor(checked),
    }


def _finding(finding: Finding) -> Mapping[str, str]:
    return {"result": finding.result.value, "because": finding.because, "mend": finding.mend}


def _anchor(checked: Checked) -> str:
    return f"{_ANCHORS}#{checked.check.code.lower()}"
