"""Pictures of commands, as a terminal shows them: docs/pictures, drawn by rich."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
COLUMNS: Final = 120
_AGE: Final = re.compile(r"\b\d+[smhdy](\d+[smhd])?\b")
_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_TAG: Final = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


def drawn(command: str, printed: str) -> str:
    """Draw what a command printed, colours and all."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{printed}"))
    picture = console.export_svg(title=command, unique_id="kubectl-mirror")
    # Who looks at it asks nobody else for letters.
    return _FONT.sub("", picture)


def words_of(picture: str) -> str:
    """Return what can be read in a picture, whatever the time was, and where lines end."""
    text = html.unescape(_TAG.sub("", picture)).replace("\xa0", " ")
    return re.sub(r"\s+", "", _AGE.sub("", text))
