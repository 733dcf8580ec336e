"""The page that shows people every decision: docs/decisions.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirroring.planning.steps import Op
from tests.decisions.decided import codes_of, decided, decision_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.decisions.reducing import Row

PATH: Final = Path(__file__).parents[2] / "docs" / "decisions.md"

_OPENING: Final = """\
# Decisions

What is done in a namespace about a source, and why. There is one judgement, `judge(source, cell)`
in `shared/mirroring/planning/plans.py`, and this is all that it decides: `make tables` puts
{number:,} combinations before it and writes down what makes a difference. Each of them is in
exactly one row. `tests/decisions` holds this page to the code, and the code to the design. What a
code means, and what mends it, is in [codes](codes.md); audit lines and Events carry the same.

"""
_ENDING: Final = """
- **The rules say** yes where both owners permit a mirror: the source's by its annotations, the
  namespace's by `kn-mirror.dev/accept`. They say no, too, where mirrors have another name now, and
  unknown where a pattern or a selector cannot be read. A pull mirror needs only what
  `reflection-allowed-namespaces` and `accept` say.
- **A mirror of it** says that it is one, unasked for, of this very source, and that it was written
  where it is. What Reflector wrote, and kn-mirror 1.0, says nothing of that: it counts where it has
  the source's name or, at another, kn-mirror's own labels. Nothing else is ever deleted; and
  written only what its owner handed over, or declared a pull mirror, or what a source inherits.
- **Which it succeeds**: the source was a mirror of another one itself, until its owner wrote
  `reflection-allowed` on it. When the other is none any more, it goes on with the mirrors of that.
- **Comes after**: of sources that want one place the platform's come first
  ([the order](../README.md#of-several-sources)); one that outranks another takes its mirrors over.
- **Of another name** than the source's nothing is made, nor taken over, where `accept` does not
  name the source, unless by `KN_MIRROR_CONSENT`; so the rules say no.
- **Labelled and noted** is what carries all that kn-mirror writes on it. A mirror that Reflector
  left is not.
- **Other copies**: labels or annotations that `kn-mirror.dev/copy-labels` or `copy-annotations`
  asks for, or asked for, are not those of the source; where `accept` does not name it, of those
  only that the mirror has.
- **Contested** is what was put right five times, each time within an hour of the time before, as
  the mirror itself notes, and is not as it has to be again: for a day, or until its source asks for
  something else.
- **Edited**: the API server labelled it so, somebody else owns fields of its content, or its keys
  are not those that were written.
- **By another key**: its hash is not signed with the newest one, as
  [install](install.md#the-key-of-hashes) has it. By a former key it is known whether the content is
  the source's; by one that is not there any more only while the source is what it was.
- **Applied by others**: by server-side apply, which the API server refuses where kn-mirror owns a
  field. A stub is what a manifest holds where Kubernetes wants keys before there is content.

| then | what follows |
|---|---|
"""
_THEN: Final[Mapping[Op, str]] = {
    Op.CREATE: "the mirror is made",
    Op.UPDATE: "it is brought in line with the source; of a pull mirror the content only",
    Op.DELETE: "it is deleted",
    Op.NOTE: "its labels and notes are put right; its content stays",
    Op.REKEY: "the hash of its content is signed anew, a few at each tick; else it stays as it is",
    Op.COMPARE: "it is read, and brought in line with the source if its content differs; "
    "a pull mirror if it holds nothing but its owner's stub",
    Op.CEDE: "others may apply what kn-mirror wrote of it; what it holds and says stays",
    Op.READ: "the source is read, and judged once more",
    Op.KEEP: "it stays as it is",
    Op.SKIP: "nothing",
    Op.CONFLICT: "it stays as it is; the source's owner is told",
    Op.REFUSE: "it stays as it is; its owner is told",
}
_STATE: Final = ("record", "content", "copies", "touched", "contest")


def page() -> str:
    """Write the page."""
    opening = _OPENING.format(number=len(decided()))
    header = "| the source | the rules say | in the namespace is | then | because | code |\n"
    made = "".join(f"{_line(row)}\n" for row in _sorted())
    ops = "".join(f"| **{op.value}** | {words} |\n" for op, words in _THEN.items())
    return f"{opening}{header}|---|---|---|---|---|---|\n{made}{_ENDING}{ops}"


def _sorted() -> list[Row]:
    """Put those first that are about any object."""
    return sorted(decision_rows(), key=lambda row: "thing" in row.columns)


def _line(row: Row) -> str:
    cells = (
        _words(row, "source"),
        _words(row, "rules"),
        _thing(row),
        f"**{row.decision.op}**",
        row.decision.because,
        ", ".join(f"[{each}](codes.md#{each.lower()})" for each in codes_of(row)),
    )
    return f"| {' | '.join(cells)} |"


def _thing(row: Row) -> str:
    if "thing" not in row.columns:
        return _words(row, "going")
    state = [_words(row, column) for column in _STATE if column in row.columns]
    return f"{_words(row, 'thing')}{': ' if state else ''}{', '.join(state)}"


def _words(row: Row, column: str) -> str:
    return " or ".join(sorted(row.columns.get(column, {"any"})))
