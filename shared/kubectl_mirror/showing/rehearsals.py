"""The answers of `plan --server-side`: what the API server said of which examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.rehearsals import Answer
from kubectl_mirror.showing.entries import entry
from kubectl_mirror.showing.pages import Table
from kubectl_mirror.showing.tables import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubectl_mirror.asking.rehearsals import Rehearsal

_TITLE: Final = "Asked of the API server by a dry run, with made-up values:"
_COLOURS: Final = {Answer.ACCEPTED: "green", Answer.REFUSED: "red", Answer.UNPROVED: "yellow"}
_SAID: Final = {
    Deed.MAKE: "to make",
    Deed.CHANGE: "to change",
    Deed.CHECK: "to change",
    Deed.TAKE_AWAY: "to take away",
    Deed.NOTE: "to label",
}
UNPROVED: Final = (
    "Rights, quotas and admission policies were asked, as kn-mirror's account, of one example of "
    "each kind of write of a source: of others, and in other namespaces, they may say otherwise. "
    "No content is read, so values were made up, for the keys that metadata tell: what a policy or "
    "webhook says of values, or of a type that no keys tell, is not proved."
)


def rehearsal_table(rehearsals: Sequence[Rehearsal]) -> Table:
    """Show what was said of each example."""
    in_order = sorted(rehearsals, key=lambda each: (each.source.path, each.source.kind.name))
    return Table((), [_row(each) for each in in_order], title=_TITLE)


def _row(each: Rehearsal) -> Sequence[Text]:
    target = each.step.target
    what = f"one of {each.of} {_deed(each)}" if each.of > 1 else f"the one {_deed(each)}"
    code = f" ({each.code.value})" if each.code else ""
    # Of what was refused the whole sentence stands where the step does.
    because = f": {each.because}" if each.because and not each.code else ""
    kind = each.source.kind.name.lower()
    return (
        Text(f"  {each.answer.value}{code}", _COLOURS[each.answer]),
        Text(target.namespace),
        Text(target.name),
        Text(f"{what} of {kind}/{each.source.path}, as {each.account}{because}"),
    )


def _deed(each: Rehearsal) -> str:
    return _SAID[deed_of(each.step)]


def rehearsal_entry(each: Rehearsal) -> Mapping[str, Any]:
    """Say it for programs."""
    why = {"because": each.because} if each.because else {}
    code = {"code": each.code.value} if each.code else {}
    return {
        "source": each.source.path,
        **entry(each.step.target),
        "action": deed_of(each.step).value,
        "account": each.account,
        "answer": each.answer.value,
        "of": each.of,
        **why,
        **code,
    }
