"""Trees as text that other tools draw: Mermaid's, as GitHub and GitLab do, and Graphviz'."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.showing.escapes import for_dot, for_mermaid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kubectl_mirror.showing.leaves import Leaf


class Paint(NamedTuple):
    """The colours of a box.

    Args:
        name: of what has them.
        fill: of its inside.
        stroke: of its edge.
    """

    name: str
    fill: str
    stroke: str


# Of Okabe and Ito: people who see few colours can tell them apart.
PAINTS: Final = {
    "green": Paint("well", "#e5f5f0", "#009e73"),
    "yellow": Paint("changing", "#fdf5e5", "#e69f00"),
    "red": Paint("wrong", "#fbefe5", "#d55e00"),
    "": Paint("plain", "#f4f4f4", "#888888"),
}
INK: Final = "#222222"


class _Box(NamedTuple):
    number: int
    leaf: Leaf
    parent: int | None


def mermaid(leaves: Sequence[Leaf]) -> str:
    """Write a flowchart; what is pulled has a dotted arrow."""
    return "\n".join(_mermaid(leaves))


def dot(leaves: Sequence[Leaf]) -> str:
    """Write a directed graph; what is pulled has a dashed arrow."""
    return "\n".join(_dot(leaves))


def caption(leaf: Leaf) -> str:
    """Say below its name what it is, and how."""
    return f"{leaf.what}, {leaf.state.text}" if leaf.state.text != "-" else leaf.what


def _mermaid(leaves: Sequence[Leaf]) -> Iterator[str]:
    yield "flowchart LR"
    for number, leaf, parent in _boxes(leaves, count()):
        label = f"{for_mermaid(leaf.name)}<br/>{for_mermaid(caption(leaf))}"
        box = f'n{number}["{label}"]:::{PAINTS[leaf.state.colour].name}'
        arrow = "" if parent is None else f"n{parent} {'-.->' if leaf.is_pulled else '-->'} "
        yield f"  {arrow}{box}"
    for name, fill, stroke in PAINTS.values():
        yield f"  classDef {name} fill:{fill},stroke:{stroke},color:{INK}"


def _dot(leaves: Sequence[Leaf]) -> Iterator[str]:
    yield "digraph mirrors {"
    yield "  rankdir=LR"
    yield f'  node [shape=box, style="rounded,filled", fontname="sans-serif", fontcolor="{INK}"]'
    for number, leaf, parent in _boxes(leaves, count()):
        paint = PAINTS[leaf.state.colour]
        label = f"{for_dot(leaf.name)}\\n{for_dot(caption(leaf))}"
        looks = f'fillcolor="{paint.fill}", color="{paint.stroke}"'
        yield f'  n{number} [label="{label}", {looks}, tooltip="{for_dot(leaf.because)}"]'
        if parent is not None:
            yield f"  n{parent} -> n{number}{' [style=dashed]' if leaf.is_pulled else ''}"
    yield "}"


def _boxes(
    leaves: Iterable[Leaf], numbers: Iterator[int], parent: int | None = None
) -> Iterator[_Box]:
    for leaf in leaves:
        number = next(numbers)
        yield _Box(number, leaf, parent)
        yield from _boxes(leaf.leaves, numbers, number)
