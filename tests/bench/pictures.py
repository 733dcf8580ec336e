"""Lines on two logarithmic axes, as SVG.

Written here since it is less than a library would be: matplotlib brings ten packages and 150 MB for
a picture of three panels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Of Okabe and Ito: people who see few colours can tell them apart.
_COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
    "#888888",
)
_WIDTH, _HEIGHT = 250, 300  # of a panel's axes
_LEFT, _TOP, _GAP = 60, 40, 80
_LINE: Final = 20
_MOST_TICKS: Final = 6
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Series:
    """A line; those of one name have one colour. Values that are not above 0 are left out."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False

    def shown(self) -> list[tuple[float, float]]:
        """Return the points that a logarithmic axis has a place for."""
        return [(x, y) for x, y in self.points if x > 0 and y > 0]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines with axes of their own."""

    title: str
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis, from tick to tick.

    Args:
        ticks: the values that are written at it.
        begin: where the first tick is, in pixels.
        end: where the last one is.
    """

    ticks: Sequence[float]
    begin: float
    end: float

    def place(self, value: float) -> float:
        first, last = math.log(self.ticks[0]), math.log(self.ticks[-1])
        share = (math.log(value) - first) / (last - first)
        return round(self.begin + share * (self.end - self.begin), 1)


def picture(panels: Sequence[Panel], *, across: str, note: str) -> str:
    """Draw panels side by side, and a legend below them.

    Args:
        panels: each with a line at least.
        across: what the horizontal axis shows, the same for all.
        note: stands below the legend.
    """
    names = list(dict.fromkeys(each.name for panel in panels for each in panel.series))
    colours = {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(names)}
    width = _LEFT + len(panels) * (_WIDTH + _GAP)
    below = _TOP + _HEIGHT + 3 * _LINE
    height = below + (len(names) + 2) * _LINE
    size = f'width="{width}" height="{height}"'
    style = 'font-family="sans-serif" font-size="12"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>',
        f'<rect {size} fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        drawn += _panel(panel, _LEFT + number * (_WIDTH + _GAP), colours, across)
    drawn += _legend(colours, below)
    drawn.append(_text(_LEFT, below + len(names) * _LINE + 4, note))
    return "\n".join([*drawn, "</svg>", ""])


def ticks(values: Sequence[float]) -> list[float]:
    """Choose ticks between which all of some values are: 1, 2, 5, 10 …, or only powers of ten."""
    lowest, highest = min(values), max(values)
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 2)
    fine = _enclosing([step * 10.0**power for power, step in product(decades, _STEPS)], values)
    return (
        fine if len(fine) <= _MOST_TICKS else _enclosing([10.0**each for each in decades], values)
    )


def _enclosing(steps: Sequence[float], values: Sequence[float]) -> list[float]:
    """Return the fewest steps between which all values are; two at least."""
    first = max(number for number, step in enumerate(steps) if step <= min(values) * (1 + 1e-9))
    last = min(number for number, step in enumerate(steps) if step >= max(values) * (1 - 1e-9))
    return list(steps[first : max(last, first + 1) + 1])


def _panel(panel: Panel, left: float, colours: dict[str, str], across: str) -> Iterator[str]:
    points = [point for each in panel.series for point in each.shown()]
    horizontal = _Axis(ticks([x for x, _ in points]), left, left + _WIDTH)
    vertical = _Axis(ticks([y for _, y in points]), _TOP + _HEIGHT, _TOP)
    yield _text(left, _TOP - 16, panel.title, weight="bold")
    for tick in horizontal.ticks:
        x = horizontal.place(tick)
        yield _rule(x, _TOP, x, _TOP + _HEIGHT)
        yield _text(x, _TOP + _HEIGHT + 16, f"{tick:,g}", anchor="middle")
    for tick in vertical.ticks:
        y = vertical.place(tick)
        yield _rule(left, y, left + _WIDTH, y)
        yield _text(left - 6, y + 4, f"{tick:,g}", anchor="end")
    yield _text(left + _WIDTH / 2, _TOP + _HEIGHT + 34, across, anchor="middle")
    for each in panel.series:
        yield from _curve(each, horizontal, vertical, colours[each.name])


def _curve(series: Series, horizontal: _Axis, vertical: _Axis, colour: str) -> Iterator[str]:
    places = [(horizontal.place(x), vertical.place(y)) for x, y in series.shown()]
    dashes = ' stroke-dasharray="5 4"' if series.dashed else ""
    joined = " ".join(f"{x},{y}" for x, y in places)
    yield f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
    fill = "#ffffff" if series.dashed else colour
    for x, y in places:
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{fill}" stroke="{colour}"/>'


def _legend(colours: dict[str, str], top: float) -> Iterator[str]:
    for number, (name, colour) in enumerate(colours.items()):
        y = top + number * _LINE
        yield f'<path d="M{_LEFT} {y}h28" stroke="{colour}" stroke-width="3"/>'
        yield _text(_LEFT + 36, y + 4, name)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="#dddddd"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    style = f'text-anchor="{anchor}" font-weight="{weight}" fill="#222222"'
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'
