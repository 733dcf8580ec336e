"""Trees of sources and mirrors, as people and programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.showing.documents import Each
from kubectl_mirror.showing.entries import entry, named
from kubectl_mirror.showing.leaves import leaves_of
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.statuses import missing_notes
from kubectl_mirror.showing.statuses import written as written_of
from kubectl_mirror.showing.tables import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kubectl_mirror.asking.answers import Answer
    from kubectl_mirror.asking.trees import Branch, Grove, Tree
    from kubectl_mirror.showing.leaves import Leaf
    from mirroring.objects.references import Ref

_HEADS: Final = ("OBJECT", "WHAT", "STATE", "SINCE", "BECAUSE")


def tree_page(answer: Answer, grove: Grove, now: datetime, *, all_of_them: bool) -> Page:
    """Show sources with what is mirrored from them.

    Args:
        answer: what was seen.
        grove: the trees of it.
        now: the time.
        all_of_them: whether many mirrors that are alike are shown one by one, too.
    """
    leaves = leaves_of(grove, now, all_of_them=all_of_them)
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
