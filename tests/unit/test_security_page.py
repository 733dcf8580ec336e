"""The page on security: every promise names tests that there are, every suite is on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.knative.manifests import OVERLAYS

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
PROMISES = PAGE.partition("\n## What is promised\n")[2].partition("\n## ")[0]
LEFT = PAGE.partition("\n## Known, and left\n")[2].partition("\n## ")[0]
ROW = re.compile(r"\| .+? \| (?P<overlays>[^|]+) \| (?P<tests>.+) \|")
TEST = re.compile(r"`(\w+)/(\w+\.py)::(\w+)`")
HEADS = ("| promise |", "|---")


def rows(part: str) -> list[str]:
    return [line for line in part.splitlines() if line.startswith("|")]


LINES = [line for line in rows(PROMISES) if not line.startswith(HEADS)]
NAMED = sorted({named for line in LINES for named in TEST.findall(line)})


@pytest.mark.parametrize("line", LINES)
def test_a_promise_says_where_it_is_kept_and_what_proves_it(line: str) -> None:
    found = ROW.fullmatch(line)

    assert found
    assert found["overlays"] == "all" or set(found["overlays"].split(", ")) <= set(OVERLAYS)
    assert (
        ", ".join(f"`{a}/{b}::{c}`" for a, b, c in TEST.findall(found["tests"])) == found["tests"]
    )


@pytest.mark.parametrize(("folder", "module", "name"), NAMED, ids=str)
def test_every_test_of_a_promise_is_there(folder: str, module: str, name: str) -> None:
    assert f"def {name}(" in (TESTS / folder / module).read_text()


def test_every_module_of_the_suite_is_named() -> None:
    modules = {path.name for path in (TESTS / "security").glob("test_*.py")}

    assert {module for folder, module, _ in NAMED if folder == "security"} == modules


def test_what_is_left_says_how_grave_it_is() -> None:
    _, _, *left = rows(LEFT)

    assert all(re.match(r"\| \S+ \| (critical|high|medium|low) \| \S", line) for line in left)
