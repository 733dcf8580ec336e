"""The answers of `status`, as people and programs read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.asking.ages import age_since
from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.asking.states import State, state_of
from kubectl_mirror.showing.documents import Each
from kubectl_mirror.showing.entries import entry, named, not_found, reason
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.tables import Text
from mirroring.names import REFLECTED_AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kubectl_mirror.asking.answers import Answer, Mirror, Row
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Step

_COLOURS: Final = {
    State.IN_SYNC: "green",
    State.STAYS: "yellow",
    State.BEHIND: "yellow",
    State.PENDING: "yellow",
    State.EDITED: "yellow",
    State.LEAVING: "yellow",
}
_ARE_THERE: Final = (
    State.IN_SYNC,
    State.STAYS,
    State.BEHIND,
    State.PENDING,
    State.EDITED,
    State.CONTESTED,
)
_ARE_NOT_WANTED: Final = (State.LEAVING, State.REFUSED)
_NEVER: Final = "-"

_OF_SOURCES: Final = (
    "NAMESPACE",
    "SOURCE",
    "MIRRORS",
    "STATE",
    "RENEWED",
    "FOLLOWED",
    "PROBLEMS",
)
_OF_MIRRORS: Final = ("NAMESPACE", "MIRROR", "SOURCE", "STATE", "WRITTEN", "CODE", "BECAUSE")


def status_page(answer: Answer, now: datetime) -> Page:
    """Show sources with how many of their mirrors are how; of one source, or namespace, each.

    Args:
        answer: what was seen.
        now: the time, which ages are told by.
    """
    rows = sorted(answer.rows, key=lambda row: (row.ref.namespace, row.ref.name, str(row.ref.kind)))
    is_one = bool(answer.question.sources) and len(rows) == 1
    mirrors = rows[0].mirrors if is_one else answer.mirrors
    where = answer.question.namespace
    return Page(
        [
            Table(
                _OF_SOURCES,
                [_source(row, now) for row in rows],
                wide=1,
                title=f"Sources in namespace {where}:" if where else "",
            ),
            Table(
                _OF_MIRRORS,
                [*(_mirror(each, now) for each in mirrors), *map(_puzzle, answer.puzzles)],
                title=f"Mirrors in namespace {where}:" if where else "Its mirrors:",
            ),
        ],
        lambda: _document(answer, rows, mirrors),
        [named(row.ref) for row in rows] or [named(each.ref) for each in mirrors],
        list(missing_notes(answer)),
    )


def coloured(state: State) -> Text:
    """Return a state's word, in its colour."""
    return Text(state.value, _COLOURS.get(state, "red"))


def missing_notes(answer: Answer) -> Iterator[str]:
    """Say what was asked about and is not there."""
    yield from not_found(answer.missing, answer.excluded)
    question = answer.question
    if not (answer.rows or question.sources or question.namespace):
        yield "No source in any namespace."
    elif answer.is_nowhere:
        yield f"There is no namespace {question.namespace}. -A shows all namespaces."
    elif question.namespace and not (answer.rows or answer.mirrors or answer.puzzles):
        yield (
            f"No source and no mirror in namespace {question.namespace}. "
            "-A shows all namespaces, -n another one."
        )


def _source(row: Row, now: datetime) -> Sequence[Text]:
    wanted = sum(n for state, n in row.counts.items() if state not in _ARE_NOT_WANTED)
    there = sum(row.counts[state] for state in _ARE_THERE)
    problems = row.plan.problems
    return (
        Text(row.ref.namespace),
        Text(f"{row.ref.kind.name.lower()}/{row.ref.name}"),
        Text(f"{there}/{wanted}"),
        summary(row),
        Text(age_since(_renewed(row), now) or _NEVER),
        Text(age_since(_followed(row), now) or _NEVER),
        Text("; ".join(map(coded, problems)) or _NEVER, "red" if problems else ""),
    )


def summary(row: Row) -> Text:
    """Say in a few words how the mirrors are."""
    said = [f"{row.counts[state]} {state.value}" for state in State if state is not State.IN_SYNC]
    told = [each for each in said if not each.startswith("0 ")]
    if row.plan.problems:
        told.append(f"{len(row.plan.problems)} to correct")
    if told:
        return Text(", ".join(told), "yellow" if row.is_well else "red")
    if not row.plan.source.standing:
        return Text("no source", "yellow")
    return Text(State.IN_SYNC.value, "green")


def _mirror(mirror: Mirror, now: datetime) -> Sequence[Text]:
    return (
        Text(mirror.ref.namespace),
        Text(f"{mirror.ref.kind.name.lower()}/{mirror.ref.name}"),
        Text(mirror.source.path),
        coloured(mirror.state),
        Text(age_since(written(mirror), now) or _NEVER),
        Text(mirror.step.code.value),
        Text(mirror.step.because),
    )


def _puzzle(puzzle: Puzzle) -> Sequence[Text]:
    ref = puzzle.found.ref
    state = Text(State.UNKNOWN.value, "red")
    name = Text(f"{ref.kind.name.lower()}/{ref.name}")
    told = Text(puzzle.code.value), Text(puzzle.because)
    return Text(ref.namespace), name, Text(_NEVER), state, Text(_NEVER), *told


def _renewed(row: Row) -> str:
    """Return when the source's content was written last; empty when that is not known."""
    found = row.plan.source.metadata
    return found.renewed if found else ""


def _followed(row: Row) -> str:
    """Return when a mirror was written last; empty when that is not known of any."""
    return max((_at(step) for step in row.plan.steps if state_of(step)), default="")


def written(mirror: Mirror) -> str:
    """Return when kn-mirror, or Reflector, wrote it last; empty when that is not known."""
    return _at(mirror.step)


def _at(step: Step) -> str:
    return step.seen.annotations.get(REFLECTED_AT, "") if step.seen else ""


def _document(answer: Answer, rows: Sequence[Row], mirrors: Iterable[Mirror]) -> Mapping[str, Any]:
    shown = {row.ref for row in rows}
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Status",
        "inSync": answer.is_well,
        "sources": Each(rows, _source_entry),
        "mirrors": [_mirror_entry(each) for each in mirrors if each.source not in shown],
        "unreadable": [entry(each.found.ref) | reason(each) for each in answer.puzzles],
    }


def _source_entry(row: Row) -> Mapping[str, Any]:
    return {
        **entry(row.ref),
        "inSync": row.is_well,
        "counts": {state.value: row.counts[state] for state in State if row.counts[state]},
        "renewed": _renewed(row) or None,
        "problems": [reason(each) for each in row.plan.problems],
        "mirrors": [_mirror_entry(each) for each in row.mirrors],
    }


def _mirror_entry(mirror: Mirror) -> Mapping[str, Any]:
    return {
        **entry(mirror.ref),
        "source": mirror.source.path,
        "state": mirror.state.value,
        **reason(mirror.step),
        "written": written(mirror) or None,
    }
