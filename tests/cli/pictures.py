"""Pictures of commands, as a terminal shows them: docs/pictures, drawn by rich."""

from __future__ import annotations

import html
import io
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tests.cli.terminals import seen_on_a_terminal

_SHARED: Final = Path(__file__).parents[2] / "shared"
FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
COLUMNS: Final = 120
_AGE: Final = re.compile(r"\b\d+[smhdy](\d+[smhd])?\b")
_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_TAG: Final = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


def shown(arguments: str, kubeconfig: Path) -> str:
    """Run a command on a terminal, and return what it printed."""
    environment = {
        **{name: each for name, each in os.environ.items() if name != "NO_COLOR"},
        "KUBECONFIG": str(kubeconfig),
        "PYTHONPATH": str(_SHARED),
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "kubectl_mirror", *shlex.split(arguments)]
    return seen_on_a_terminal(command, COLUMNS, environment)[1]


def hold(name: str, arguments: str, printed: str) -> None:
    """See that the documents' picture shows what was printed; write it where it is to be new."""
    picture, path = drawn(f"kubectl mirror {arguments}", printed), FOLDER / f"{name}.svg"

    if os.environ.get("WRITE_PAGES"):
        path.write_text(picture)

    assert words_of(path.read_text()) == words_of(picture)


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
