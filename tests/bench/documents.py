"""Pages whose figures a command writes, each between two comments that name it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# What an operator reads of costs; the picture is beside it.
SCALE: Final = Path(__file__).parents[2] / "docs" / "scale.md"


def fill_in(page: Path, texts: Mapping[str, str]) -> None:
    """Write texts into a page, in the place of those that were there.

    Args:
        page: has `<!-- NAME: … -->` and `<!-- end of NAME -->` where a text goes.
        texts: by their names.

    Raises:
        LookupError: the page has no place for one of them.
    """
    written = page.read_text()
    for name, text in texts.items():
        written = replaced(written, name, text)
    page.write_text(written)


def replaced(page: str, name: str, text: str) -> str:
    """Return a page with another text between the comments that name it.

    Raises:
        LookupError: the page has no such place.
    """
    begin, end = rf"<!-- {name}:[^>]*-->\n", f"<!-- end of {name} -->"
    found = re.search(rf"({begin}).*?({end})", page, re.DOTALL)
    if found is None:
        raise LookupError(f"the page has no place for {name}")
    return f"{page[: found.end(1)]}\n{text}\n\n{page[found.start(2) :]}"
