from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.documents import SCALE, fill_in, replaced

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
Before.

<!-- costs: written by a command -->

old

<!-- end of costs -->

After.
"""


def test_a_text_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)

    fill_in(page, {"costs": "new"})

    assert page.read_text() == PAGE.replace("old", "new")


def test_a_text_is_taken_as_it_is() -> None:
    assert "\\1 <!-- x -->" in replaced(PAGE, "costs", "\\1 <!-- x -->")


def test_a_page_without_a_place_for_a_text_is_an_error() -> None:
    with pytest.raises(LookupError, match="no place for figures"):
        replaced(PAGE, "figures", "new")


@pytest.mark.parametrize("name", ["machine", "costs", "figures", "hoard"])
def test_the_page_of_costs_has_a_place_for_each_text(name: str) -> None:
    assert "new text" in replaced(SCALE.read_text(), name, "new text")
