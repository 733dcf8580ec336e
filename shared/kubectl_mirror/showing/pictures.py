"""Trees as pictures, in SVG.

Written here since it is less than a library would be, and no program has to be installed to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.showing.diagrams import INK, PAINTS, caption
from kubectl_mirror.showing.escapes import for_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kubectl_mirror.showing.leaves import Leaf

# In pixels. Of a font of fixed width it is known how wide a text is.
_CHARACTER: Final = 7.3
_BOX: Final = 38  # high
_STEP: Final = 50  # from one box to the one below
_GAP: Final = 48  # from one column to the next
_EDGE: Final = 16
_PADDING: Final = 10
_FONT: Final = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12"'


class _Place(NamedTuple):
    leaf: Leaf
    column: int
    row: int
    parent: _Place | None


def svg(leaves: Sequence[Leaf]) -> str:
    """Draw sources at the left, and to the right of each what is mirrored from it.

    What somebody holds the mouse over says why it is so.
    """
    places: list[_Place] = []
    _lay(leaves, places, 0, None, 0)
    widths = [0.0] * (1 + max((place.column for place in places), default=0))
    for place in places:
        widths[place.column] = max(widths[place.column], _width(place.leaf))
    lefts = [_EDGE + sum(widths[:at]) + at * _GAP for at in range(len(widths))]
    rows = 1 + (places[-1].row if places else 0)
    wide, high = round(lefts[-1] + widths[-1] + _EDGE), rows * _STEP + 2 * _EDGE
    size = f'width="{wide}" height="{high}"'
    box = f'viewBox="0 0 {wide} {high}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} {_FONT}>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *(_line(place, lefts, widths) for place in places if place.parent),
            *(text for place in places for text in _box(place, lefts, widths)),
            "</svg>",
        ]
    )


def _lay(
    leaves: Iterable[Leaf], places: list[_Place], column: int, parent: _Place | None, row: int
) -> int:
    """Give each leaf a place: the first in its parent's row, others below; return the next row."""
    for leaf in leaves:
        place = _Place(leaf, column, row, parent)
        places.append(place)
        row = max(row + 1, _lay(leaf.leaves, places, column + 1, place, row))
    return row


def _width(leaf: Leaf) -> float:
    return _CHARACTER * max(len(leaf.name), len(caption(leaf))) + 2 * _PADDING


def _box(place: _Place, lefts: Sequence[float], widths: Sequence[float]) -> Iterator[str]:
    leaf, paint = place.leaf, PAINTS[place.leaf.state.colour]
    x, y = lefts[place.column], _top(place)
    size = f'width="{widths[place.column]:g}" height="{_BOX}" rx="6"'
    yield f"<g><title>{for_xml(leaf.because or caption(leaf))}</title>"
    yield f'<rect x="{x:g}" y="{y}" {size} fill="{paint.fill}" stroke="{paint.stroke}"/>'
    yield _text(x + _PADDING, y + 16, leaf.name, INK)
    yield f"{_text(x + _PADDING, y + 31, caption(leaf), '#666666')}</g>"


def _line(place: _Place, lefts: Sequence[float], widths: Sequence[float]) -> str:
    """Draw from what a leaf is below: dashed to what its owner declared."""
    parent = place.parent or place
    begin = lefts[parent.column] + widths[parent.column]
    end, middle = lefts[place.column], begin + _GAP / 2
    high, low = _top(parent) + _BOX / 2, _top(place) + _BOX / 2
    way = f"M{begin:g} {high:g}H{middle:g}V{low:g}H{end:g}"
    dashes = ' stroke-dasharray="5 4"' if place.leaf.is_pulled else ""
    return f'<path d="{way}" fill="none" stroke="#888888"{dashes}/>'


def _top(place: _Place) -> int:
    return _EDGE + place.row * _STEP


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" xml:space="preserve">{for_xml(text)}</text>'
