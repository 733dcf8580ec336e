"""What docs/install.md tells its readers to run and to write."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

_DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "install.md"


def commands_of(heading: str) -> list[list[str]]:
    """Return the arguments of each kubectl command in a section."""
    lines = _section(heading).replace("\\\n", "").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ kubectl ")]


def yaml_of(heading: str) -> str:
    """Return the YAML in a section."""
    return _section(heading).partition("```yaml\n")[2].partition("```")[0]


def _section(heading: str) -> str:
    return _DOCUMENT.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
