from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.bench.examples import FOLLOWING, LOOKING, cost
from tests.bench.pictures import Panel, Series, picture, ticks
from tests.bench.scales import costs_picture, costs_table

SVG = "{http://www.w3.org/2000/svg}"
COSTS = [
    cost(FOLLOWING, 100, seconds=0.2, bare=0.1),
    cost(LOOKING, 100, bare=None),
    cost(FOLLOWING, 1_000, seconds=12.34, bare=2.0),
    cost(LOOKING, 1_000, bare=None),
]


def drawn(document: str, element: str) -> list[ET.Element]:
    return list(ET.fromstring(document).iter(f"{SVG}{element}"))  # noqa: S314 (our own)


def texts(document: str) -> list[str]:
    return [each.text or "" for each in drawn(document, "text")]


def test_the_table_has_a_row_for_each_activity_and_size() -> None:
    lines = costs_table(COSTS[:3]).splitlines()

    assert lines[2:] == [
        "| renewal | 100 | 100 | 200 ms | 100 ms | 250 ms | 64 MB | 104 |",
        "| renewal | 1,000 | 100 | 12.3 s | 2000 ms | 250 ms | 64 MB | 104 |",
        "| resync | 100 | 100 | 1000 ms |  | 250 ms | 64 MB | 104 |",
    ]


def test_the_picture_has_a_line_for_each_activity_and_one_for_its_bare_requests() -> None:
    lines = drawn(costs_picture(COSTS), "polyline")

    # Time, the bare requests of one of them, requests, memory and its limit.
    assert len(lines) == 2 + 1 + 2 + 2 + 1
    assert sum("stroke-dasharray" in line.attrib for line in lines) == 1


def test_the_legend_says_each_activity_once() -> None:
    said = texts(costs_picture(COSTS))

    assert [text for text in said if text in {FOLLOWING, LOOKING}] == [FOLLOWING, LOOKING]


def test_ten_times_as_much_is_as_far_wherever_it_begins() -> None:
    straight = Series("straight", [(1, 1), (10, 10), (100, 100)])

    (line,) = drawn(picture([Panel("", [straight])], across="", note=""), "polyline")

    places = [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]
    (x1, y1), (x2, y2), (x3, y3) = places
    assert (x2 - x1, y2 - y1) == (x3 - x2, y3 - y2)
    # On a screen what is more is higher.
    assert x1 < x2
    assert y1 > y2


def test_what_was_not_above_zero_has_no_place_and_hides_nothing_else() -> None:
    series = Series("few", [(1, 0), (10, 1), (100, 2)])

    document = picture([Panel("", [series])], across="", note="")

    assert len(drawn(document, "circle")) == 2


def test_a_name_is_text_whatever_it_has_in_it() -> None:
    document = picture([Panel("<&>", [Series("a < b", [(1, 1)])])], across="", note="")

    assert {"<&>", "a < b"} <= set(texts(document))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 70], [2, 5, 10, 20, 50, 100]),
        ([100, 1_000, 10_000], [100, 1_000, 10_000]),
        ([64], [50, 100]),
        ([10], [10, 20]),
        ([0.02, 8], [0.01, 0.1, 1, 10]),
    ],
)
def test_ticks_enclose_the_values_and_are_few(values: list[float], expected: list[float]) -> None:
    assert ticks(values) == pytest.approx(expected)
