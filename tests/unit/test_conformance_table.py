"""The table of conformance names tests that there are, and every tool's every scenario."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = (TESTS.parent / "docs" / "conformance.md").read_text()
ROW = re.compile(
    r"^\| ([RE]?\d+) \| (.+) \| (?:`(\w+)/(\w+\.py)::(\w+)`|none: .+) \|$", re.MULTILINE
)
ROWS = ROW.findall(TABLE)


def test_every_line_of_the_table_names_a_test_or_a_reason() -> None:
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [RE]?\d", line)]

    assert len(lines) == len(ROWS)


@pytest.mark.parametrize(
    ("tool", "scenarios"),
    [
        ("kubernetes-reflector", 69),
        ("Not tested by Reflector", 23),
        ("kubernetes-replicator", 20),
        ("config-syncer", 10),
        ("ClusterSecret", 13),
        ("trust-manager", 19),
        ("Public reports", 45),
    ],
)
def test_every_scenario_of_every_tool_is_there(tool: str, scenarios: int) -> None:
    (section,) = [part for part in TABLE.split("\n## ") if part.startswith(tool)]

    assert len(ROW.findall(section)) == scenarios


@pytest.mark.parametrize(
    ("folder", "module", "name"), sorted({row[2:] for row in ROWS if row[2]}), ids=str
)
def test_every_test_of_the_table_is_there(folder: str, module: str, name: str) -> None:
    assert f"def {name}(" in (TESTS / folder / module).read_text()
