"""The answers of `plan`, as people and programs read them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.showing.documents import Each
from kubectl_mirror.showing.entries import entry, named, not_found, reason
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.tables import Text

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.asking.forecasts import Forecast, Prospect
    from kubectl_mirror.asking.rehearsals import Rehearsal
    from kubectl_mirror.asking.suppositions import Supposition
    from mirroring.codes import Reason
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Step

_MARKS: Final = {
    Deed.MAKE: Text("+", "green"),
    Deed.CHANGE: Text("~", "yellow"),
    Deed.CHECK: Text("~", "yellow"),
    Deed.TAKE_AWAY: Text("-", "red"),
    Deed.BLOCKED: Text("!", "red"),
}
_ORDER: Final = [*_MARKS]
_SAID: Final = {
    Deed.MAKE: "{} to make",
    Deed.CHANGE: "{} to change",
    Deed.CHECK: "{} to compare",
    Deed.TAKE_AWAY: "{} to take away",
    Deed.BLOCKED: "{} blocked",
}
_IF_OTHERWISE: Final = "changed if its content differs: "
_MOST_NAMED: Final = 5


def forecast_page(
    forecast: Forecast, supposition: Supposition, rehearsals: Sequence[Rehearsal] | None = None
) -> Page:
    """Show what would be done, source by source, and in the end how much that is.

    Args:
        forecast: it.
        supposition: what is supposed of the cluster.
        rehearsals: what the API server said of examples; None where it was not asked.
    """
    prospects = sorted(forecast.prospects, key=_place)
    shown = [each for each in prospects if each.is_difference]
    tables = [_table(each) for each in shown]
    if forecast.puzzles:
        rows = [_puzzle(each) for each in forecast.puzzles]
        tables.append(Table((), rows, title="Of no source that can be named:"))
    asked = _Asked.of(rehearsals)
    tables += asked.tables
    if shown:
        tables.append(Table((), [[Text(_summary(forecast))]]))
    return Page(
        tables,
        lambda: {**_document(forecast, prospects, supposition), **asked.document},
        [named(step.target) for each in shown for step in _steps(each)],
        [*_notes(forecast, supposition), *asked.notes],
    )


def _place(prospect: Prospect) -> tuple[str, str, str]:
    return prospect.ref.namespace, prospect.ref.name, str(prospect.ref.kind)


def _steps(prospect: Prospect) -> list[Step]:
    steps = (each for each in prospect.steps if deed_of(each).is_difference)
    return sorted(steps, key=lambda step: (step.target.namespace, step.target.name))


def _table(prospect: Prospect) -> Table:
    kind, path = prospect.ref.kind.name.lower(), prospect.ref.path
    said = _counted(prospect.counts) or "nothing to do"
    rows = [_problem(prospect.ref, each) for each in prospect.problems]
    rows += [_row(each) for each in _steps(prospect)]
    return Table((), rows, title=f"{kind}/{path}: {said}")


def _problem(ref: Ref, problem: Reason) -> Sequence[Text]:
    said = Text(f"to correct: {coded(problem)}")
    return Text("  !", "red"), Text(ref.namespace), Text(ref.name), said


def _row(step: Step) -> Sequence[Text]:
    deed = deed_of(step)
    mark, prefix = _MARKS[deed], _IF_OTHERWISE if deed is Deed.CHECK else ""
    return (
        Text(f"  {mark.text}", mark.colour),
        Text(step.target.namespace),
        Text(step.target.name),
        Text(f"{prefix}{coded(step)}"),
    )


def _puzzle(puzzle: Puzzle) -> Sequence[Text]:
    ref = puzzle.found.ref
    return Text("  !", "red"), Text(ref.namespace), Text(ref.name), Text(coded(puzzle))


def _counted(counts: Counter[Deed]) -> str:
    return ", ".join(_SAID[deed].format(counts[deed]) for deed in _ORDER if counts[deed])


def _summary(forecast: Forecast) -> str:
    counts = forecast.counts
    every = [deed for deed in _ORDER if deed is not Deed.CHECK or counts[deed]]
    said = ", ".join(_SAID[deed].format(counts[deed]) for deed in every)
    problems = sum(len(each.problems) for each in forecast.prospects)
    return f"Plan: {said}{f', {problems} to correct' if problems else ''}. Nothing was written."


def _notes(forecast: Forecast, supposition: Supposition) -> Iterator[str]:
    yield from not_found(forecast.missing, forecast.excluded)
    if passed := supposition.passed_over:
        rest = len(passed) - _MOST_NAMED
        more = f" and {rest} more" if rest > 0 else ""
        yield f"Passed over, as kn-mirror mirrors no such: {', '.join(passed[:_MOST_NAMED])}{more}."
    if not (forecast.is_difference or forecast.missing):
        because = "by what is applied" if supposition.is_made else "by the next resync"
        yield f"No mirror would be made, changed or taken away {because}."
    if noted := forecast.counts[Deed.NOTE]:
        yield f"Besides, kn-mirror's own labels and annotations would be written on {noted}."
    if forecast.pending:
        yield (
            f"Due or blocked anyway: {forecast.pending}, which are not shown here. "
            "kubectl mirror plan, without anything to apply, shows them."
        )


def _document(
    forecast: Forecast, prospects: Sequence[Prospect], supposition: Supposition
) -> Mapping[str, Any]:
    counts = forecast.counts
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Plan",
        "differs": forecast.is_difference,
        "counts": {deed.value: counts[deed] for deed in Deed if counts[deed]},
        "problems": [
            entry(each.ref) | reason(problem) for each in prospects for problem in each.problems
        ],
        "steps": Each([(each.ref, step) for each in prospects for step in each.steps], _step),
        "unreadable": [entry(each.found.ref) | reason(each) for each in forecast.puzzles],
        "dueAnyway": forecast.pending,
        "passedOver": list(supposition.passed_over),
    }


class _Asked(NamedTuple):
    """What is shown of what the API server was asked; nothing where it was not."""

    tables: Sequence[Table] = ()
    document: Mapping[str, Any] = MappingProxyType({})
    notes: Sequence[str] = ()

    @classmethod
    def of(cls, rehearsals: Sequence[Rehearsal] | None) -> _Asked:
        if rehearsals is None:
            return cls()
        # Whoever does not ask for it need not wait for it.
        from kubectl_mirror.showing import rehearsals as shown  # noqa: PLC0415

        document = {"serverSide": [*map(shown.rehearsal_entry, rehearsals)]}
        if not rehearsals:
            return cls(document=document)
        return cls([shown.rehearsal_table(rehearsals)], document, [shown.UNPROVED])


def _step(one: tuple[Ref, Step]) -> Mapping[str, Any]:
    source, step = one
    deed = deed_of(step)
    return {
        "source": source.path,
        **entry(step.target),
        "action": deed.value,
        "isCertain": deed is not Deed.CHECK,
        **reason(step),
    }
