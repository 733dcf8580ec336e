"""Trees of sources and mirrors, as people and programs read them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.asking.ages import age_since
from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.asking.states import State
from kubectl_mirror.showing.documents import Each
from kubectl_mirror.showing.entries import entry, named
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.statuses import coloured, missing_notes, summary
from kubectl_mirror.showing.statuses import written as written_of
from kubectl_mirror.showing.tables import Text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kubectl_mirror.asking.answers import Answer
    from kubectl_mirror.asking.trees import Branch, Grove, Tree
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle

_HEADS: Final = ("OBJECT", "WHAT", "STATE", "SINCE", "BECAUSE")
_SOURCE, _MIRROR, _PULL_MIRROR = "source", "mirror", "pull mirror"
_MOST_ALIKE: Final = 10  # of a kind and state that are shown one by one; of more a few are
_SHOWN: Final = 5


class Leaf(NamedTuple):
    """One line of a tree, or one box of its picture.

    Args:
        name: of the object, or how many more there are.
        what: source, mirror or pull mirror, and of what, where it is not what it is below.
        state: how it is.
        since: how long ago it was made, or written.
        because: why it is so; empty where it is in sync.
        leaves: what is below it.
    """

    name: str
    what: str
    state: Text
    since: str = ""
    because: str = ""
    leaves: Sequence[Leaf] = ()

    @property
    def is_pulled(self) -> bool:
        """Whether its owner declared it."""
        return self.what.startswith(_PULL_MIRROR)


def tree_page(answer: Answer, grove: Grove, now: datetime, *, all_of_them: bool) -> Page:
    """Show sources with what is mirrored from them.

    Args:
        answer: what was seen.
        grove: the trees of it.
        now: the time.
        all_of_them: whether many mirrors that are alike are shown one by one, too.
    """
    leaves = [_root(tree, now, all_of_them=all_of_them) for tree in grove.trees]
    leaves += map(_puzzle, grove.puzzles)
    return Page(
        [Table(_HEADS, [row for leaf in leaves for row in _rows(leaf)])],
        lambda: _document(answer, grove),
        [*_names(grove)],
        [*missing_notes(answer)],
        {
            "mermaid": lambda: _drawn("mermaid", leaves),
            "dot": lambda: _drawn("dot", leaves),
            "svg": lambda: _drawn("svg", leaves),
        },
    )


def _drawn(way: str, leaves: Sequence[Leaf]) -> str:
    from kubectl_mirror.showing import diagrams, pictures  # noqa: PLC0415 (most ask for no picture)

    draw = {"mermaid": diagrams.mermaid, "dot": diagrams.dot, "svg": pictures.svg}[way]
    return draw(leaves)


def _root(tree: Tree, now: datetime, *, all_of_them: bool) -> Leaf:
    leaves = [*_below(tree.branches, tree.ref, now, all_of_them=all_of_them)]
    row = tree.row
    if row is None:
        because = "of its mirrors, only those in the namespace that was asked about are shown"
        return Leaf(named(tree.ref), _SOURCE, Text("-"), "-", because, leaves)
    found = row.plan.source.metadata
    told = printable("; ".join(map(coded, row.plan.problems)))
    if not row.plan.source.standing and not told:
        told = printable(row.plan.source.standing.because)
    created = (age_since(found.created, now) if found else "") or "-"
    return Leaf(named(tree.ref), _SOURCE, summary(row), created, told, leaves)


def _below(
    branches: Sequence[Branch], parent: Ref, now: datetime, *, all_of_them: bool
) -> Iterator[Leaf]:
    """Return a leaf for each; of many that are alike, and end there, for a few and for the rest."""
    alike: defaultdict[tuple[str, State], list[Branch]] = defaultdict(list)
    for branch in branches:
        if not branch.branches:
            alike[_what(branch, parent), branch.mirror.state].append(branch)
    many = {} if all_of_them else {k: v for k, v in alike.items() if len(v) > _MOST_ALIKE}
    left_out = {branch.mirror.ref for found in many.values() for branch in found[_SHOWN:]}
    for branch in branches:
        if branch.mirror.ref not in left_out:
            yield _leaf(branch, parent, now, all_of_them=all_of_them)
    for (what, state), found in many.items():
        name = f"… {len(found) - _SHOWN} more"
        yield Leaf(name, what, coloured(state))


def _leaf(branch: Branch, parent: Ref, now: datetime, *, all_of_them: bool) -> Leaf:
    mirror = branch.mirror
    return Leaf(
        mirror.ref.path,
        _what(branch, parent),
        coloured(mirror.state),
        age_since(written_of(mirror), now) or "-",
        ""
        if mirror.state.is_well
        else f"{printable(mirror.step.because)} ({mirror.step.code.value})",
        [*_below(branch.branches, mirror.ref, now, all_of_them=all_of_them)],
    )


def _what(branch: Branch, parent: Ref) -> str:
    if not branch.mirror.step.declared:
        return _MIRROR
    return _PULL_MIRROR if branch.follows == parent else f"{_PULL_MIRROR} of {branch.follows.path}"


def _puzzle(puzzle: Puzzle) -> Leaf:
    because = f"{printable(puzzle.because)} ({puzzle.code.value})"
    return Leaf(named(puzzle.found.ref), _PULL_MIRROR, coloured(State.UNKNOWN), "-", because)


def _rows(leaf: Leaf, before: str = "", below: str = "") -> Iterator[Sequence[Text]]:
    """Return a line for it and for what is below; what it has nothing to say of is left out."""
    cells = [Text(before + leaf.name), Text(leaf.what), leaf.state, Text(leaf.since)]
    cells.append(Text(leaf.because))
    while not cells[-1].text:
        cells.pop()
    yield cells
    for number, each in enumerate(leaf.leaves, start=1):
        is_last = number == len(leaf.leaves)
        branch, trunk = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        yield from _rows(each, below + branch, below + trunk)


def _names(grove: Grove) -> Iterator[str]:
    for tree in grove.trees:
        if tree.row is None or tree.row.plan.source.metadata:
            yield named(tree.ref)
        yield from map(named, _there(tree.branches))
    yield from (named(puzzle.found.ref) for puzzle in grove.puzzles)


def _there(branches: Iterable[Branch]) -> Iterator[Ref]:
    for branch in branches:
        if branch.mirror.step.seen:
            yield branch.mirror.ref
        yield from _there(branch.branches)


def _document(answer: Answer, grove: Grove) -> Mapping[str, Any]:
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Tree",
        "inSync": answer.is_well,
        "sources": Each(grove.trees, _source_entry),
        "unreadable": [
            {**entry(each.found.ref), "because": each.because, "code": each.code.value}
            for each in grove.puzzles
        ],
    }


def _source_entry(tree: Tree) -> Mapping[str, Any]:
    return {
        **entry(tree.ref),
        "problems": [
            {"because": each.because, "code": each.code.value}
            for each in (tree.row.plan.problems if tree.row else ())
        ],
        "mirrors": [*map(_entry, tree.branches)],
    }


def _entry(branch: Branch) -> Mapping[str, Any]:
    mirror = branch.mirror
    return {
        **entry(mirror.ref),
        "isPullMirror": mirror.step.declared,
        "follows": branch.follows.path,
        "state": mirror.state.value,
        "because": mirror.step.because,
        "code": mirror.step.code.value,
        "written": written_of(mirror) or None,
        "mirrors": [*map(_entry, branch.branches)],
    }
