"""The commands that docs/install.md tells its readers to run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

_DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "install.md"


def commands_of(heading: str) -> list[list[str]]:
    """Return the arguments of each kubectl command in a section."""
    section = _DOCUMENT.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = section.replace("\\\n", "").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ kubectl ")]
