"""Trees: sources with their mirrors below them, and pull mirrors below what they name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirroring.ownership.records import record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kubectl_mirror.asking.answers import Answer, Mirror, Row
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle


@dataclass(frozen=True, slots=True)
class Branch:
    """A mirror, with what is mirrored from it.

    Args:
        mirror: it.
        follows: what it names as its source, which is another mirror in a chain.
        branches: the pull mirrors that name it.
    """

    mirror: Mirror
    follows: Ref
    branches: Sequence[Branch] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A source with its mirrors.

    Args:
        ref: what the source is called.
        row: what was seen of it; None where only some of its mirrors were looked at.
        branches: its mirrors.
    """

    ref: Ref
    row: Row | None
    branches: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class Grove:
    """All trees that somebody asks for.

    Args:
        trees: by the names of their sources.
        puzzles: pull mirrors whose source cannot be named.
    """

    trees: Sequence[Tree]
    puzzles: Sequence[Puzzle]

    @classmethod
    def of(cls, answer: Answer) -> Grove:
        """Plant what was seen; of other namespaces' sources only their mirrors here were."""
        trees = [Tree(row.ref, row, _grown(row.ref, row.mirrors)) for row in answer.rows]
        shown = {row.ref for row in answer.rows}
        others: defaultdict[Ref, list[Mirror]] = defaultdict(list)
        for mirror in answer.mirrors:
            if mirror.source not in shown:
                others[mirror.source].append(mirror)
        trees += [Tree(ref, None, _grown(ref, mirrors)) for ref, mirrors in others.items()]
        # Who asks about a namespace sees those in it twice.
        puzzles = {each.found.ref: each for each in answer.puzzles}
        return cls(sorted(trees, key=lambda tree: _order(tree.ref)), [*puzzles.values()])


def _grown(source: Ref, mirrors: Iterable[Mirror]) -> Sequence[Branch]:
    """Put each mirror below what it names, or below the source where that is not among them."""
    by_ref = {mirror.ref: mirror for mirror in mirrors}
    below: defaultdict[Ref, list[Mirror]] = defaultdict(list)
    for mirror in by_ref.values():
        followed = _followed(mirror)
        below[followed if followed in by_ref else source].append(mirror)
    return _branches(source, below)


def _branches(ref: Ref, below: Mapping[Ref, Sequence[Mirror]]) -> Sequence[Branch]:
    """Chains are short and have no circles: what leads in one has no source to be below."""
    mirrors = sorted(below.get(ref, ()), key=lambda mirror: _order(mirror.ref))
    return [Branch(each, _followed(each), _branches(each.ref, below)) for each in mirrors]


def _followed(mirror: Mirror) -> Ref:
    """Return what a pull mirror names; of any other its source."""
    step = mirror.step
    record = record_of(step.seen) if step.declared and step.seen else None
    return record.source if record else mirror.source


def _order(ref: Ref) -> tuple[str, str, str]:
    return ref.namespace, ref.name, ref.kind.name
