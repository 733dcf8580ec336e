"""What a tree of sources and mirrors says of each, however it is drawn."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.asking.ages import age_since
from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.asking.states import State
from kubectl_mirror.showing.entries import named
from kubectl_mirror.showing.statuses import coloured, summary
from kubectl_mirror.showing.statuses import written as written_of
from kubectl_mirror.showing.tables import Text, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kubectl_mirror.asking.trees import Branch, Grove, Tree
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle

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


def leaves_of(grove: Grove, now: datetime, *, all_of_them: bool) -> list[Leaf]:
    """Return a leaf for each tree, and for each pull mirror that belongs to none.

    Args:
        grove: the trees.
        now: the time.
        all_of_them: whether many mirrors that are alike have a leaf each, too.
    """
    leaves = [_root(tree, now, all_of_them=all_of_them) for tree in grove.trees]
    return leaves + [_puzzle(each) for each in grove.puzzles]


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
        if mirror.state is State.IN_SYNC
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
