"""The examples in README.md speak of what there is."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

BLOCKS = re.findall(
    r"```python\n(.*?)```", Path(__file__).with_name("README.md").read_text(), re.DOTALL
)


def test_what_examples_import_is_there() -> None:
    imports = [
        (statement.module, alias.name)
        for block in BLOCKS
        for statement in ast.walk(ast.parse(block))
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    ]

    assert len(imports) > len(BLOCKS)
    assert [name for name in imports if not hasattr(import_module(name[0]), name[1])] == []
