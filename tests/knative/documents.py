"""What the documents tell their readers to run and to write."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

_DOCUMENTS: Final = Path(__file__).parents[2] / "docs"
_INSTALL: Final = "install.md"


def commands_of(
    heading: str, *, document: str = _INSTALL, program: str = "kubectl"
) -> list[list[str]]:
    """Return the arguments of each command of a program in a section."""
    lines = _section(heading, document).replace("\\\n", "").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith(f"$ {program} ")]


def yaml_of(heading: str) -> str:
    """Return the YAML in a section of docs/install.md."""
    return _section(heading, _INSTALL).partition("```yaml\n")[2].partition("```")[0]


def _section(heading: str, document: str) -> str:
    text = (_DOCUMENTS / document).read_text()
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
