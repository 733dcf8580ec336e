"""`kubectl mirror tree`: sources with what is mirrored from them, as text and as pictures."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from mirroring import names
from tests.cli.conftest import HELD
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]

EVERYWHERE = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop,stage"}
# What would end a text, or begin something else, wherever a picture quotes it.
HOSTILE = 'x"]-->y;(</title><script>&#34;\\"\x1b[31m\u202e`'


def pulls(source: str) -> dict[str, str]:
    return {names.REFLECTS: source}


@pytest.fixture
def chain(workbench: Workbench, teams: list[str], handler: Handler) -> None:
    """A source, its mirrors, a pull mirror of one of them, and one of that."""
    assert teams
    workbench.secret("prod", "tls", {"key": HELD}, annotations=EVERYWHERE)
    workbench.secret("dev", "own", {"key": ""}, annotations=pulls("shop/tls"))
    workbench.secret("stage", "own", {"key": ""}, annotations=pulls("dev/own"))
    handler.resync()
    handler.resync()


@pytest.mark.usefixtures("chain")
def test_mirrors_are_below_their_source_and_pull_mirrors_below_what_they_name(
    mirror: Mirror,
) -> None:
    said = mirror("tree", "prod/tls")

    assert said.code == 0
    assert [line.split("  ")[0] for line in said.out.splitlines()[1:]] == [
        "secret/prod/tls",
        "├─ dev/tls",
        "├─ shop/tls",
        "│",
        "│",
        "└─ stage/tls",
    ]
    assert "│  └─ dev/own " in said.out
    assert "│     └─ stage/own " in said.out
    assert re.search(r"dev/own +pull mirror +in sync", said.out)


@pytest.mark.usefixtures("chain")
def test_what_is_not_well_says_why_and_the_exit_code_is_1(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.delete("Secret", "shop", "tls")
    workbench.secret("shop", "tls", {"mine": HELD})

    said = mirror("tree", "prod/tls")

    assert said.code == 1
    assert re.search(r"─ shop/tls +mirror +blocked +- +Secret shop/tls is not", said.out)


@pytest.mark.usefixtures("chain")
def test_of_a_namespace_mirrors_are_shown_below_sources_of_others(mirror: Mirror) -> None:
    said = mirror("tree", "-n", "stage")

    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[1:2]] == ["secret/prod/tls"]
    assert "only those in the namespace that was asked about are shown" in said.out
    assert re.search(r"├─ stage/own +pull mirror of dev/own +in sync", said.out)
    assert "└─ stage/tls " in said.out


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize(
    "output", ["table", "wide", "json", "yaml", "name", "mermaid", "dot", "svg"]
)
def test_the_exit_code_is_the_same_however_it_is_shown(
    mirror: Mirror, workbench: Workbench, output: str
) -> None:
    before = mirror("tree", "-A", "-o", output)
    workbench.delete("Secret", "shop", "tls")
    after = mirror("tree", "-A", "-o", output)

    assert (before.code, after.code) == (0, 1)
    assert "tls" in before.out


@pytest.mark.usefixtures("chain")
def test_programs_get_the_same_tree(mirror: Mirror) -> None:
    found = mirror("tree", "prod/tls", "-o", "json").document

    [source] = found["sources"]
    [shop] = [each for each in source["mirrors"] if each["namespace"] == "shop"]
    [own] = shop["mirrors"]
    assert (found["inSync"], own["namespace"], own["isPullMirror"]) == (True, "dev", True)
    assert own["mirrors"][0]["follows"] == "dev/own"


def test_many_that_are_alike_are_counted_unless_each_is_asked_for(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    for number in range(12):
        workbench.namespace(f"team-{number:02}")
    workbench.namespace("prod")
    workbench.secret(
        "prod", "tls", {"key": HELD}, annotations=PERMISSION | {names.AUTO_NAMESPACES: "team-.*"}
    )
    handler.resync()
    workbench.delete("Secret", "team-11", "tls")

    few, all_of_them = mirror("tree", "-A"), mirror("tree", "-A", "--all")

    assert len(re.findall(r"─ team-\d\d/tls", few.out)) == 6
    assert re.search(r"… 6 more +mirror +in sync", few.out)
    assert re.search(r"team-11/tls +mirror +missing", few.out)
    assert len(re.findall(r"─ team-\d\d/tls", all_of_them.out)) == 12


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_somebody_wants_none(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, no_color: str, *, is_coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    said = mirror("tree", "prod/tls")

    assert ("\x1b[32min sync" in said.out) is is_coloured
    assert ("\x1b" in said.out) is is_coloured


@pytest.fixture
def hostile(workbench: Workbench, teams: list[str]) -> None:
    """A source whose owner wrote what is meant to break out of a picture."""
    assert teams
    rules = PERMISSION | {names.AUTO_NAMESPACES: f"dev,({HOSTILE}"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=rules)


@pytest.mark.usefixtures("hostile")
def test_an_svg_is_well_formed_and_has_nothing_of_others_in_it_but_text(mirror: Mirror) -> None:
    drawn = ET.fromstring(mirror("tree", "prod/tls", "-o", "svg").out)  # noqa: S314 (it is what is tried)

    kinds = {each.tag.rpartition("}")[2] for each in drawn.iter()}
    titles = [each.text for each in drawn.iter() if each.tag.endswith("title")]
    assert kinds == {"svg", "rect", "path", "g", "title", "text"}
    assert any("</title><script>" in (text or "") for text in titles)


@pytest.mark.usefixtures("hostile")
def test_a_dot_file_has_one_statement_a_line_whatever_is_quoted(mirror: Mirror) -> None:
    lines = mirror("tree", "prod/tls", "-o", "dot").out.splitlines()

    text = r'"(?:[^"\\]|\\.)*"'
    attribute = rf"\w+=(?:{text}|\w+)"
    statement = rf"  (?:n\d+|node) \[{attribute}(?:, {attribute})*\]|  n\d+ -> n\d+.*|  rankdir=LR"
    assert [line for line in lines[1:-1] if not re.fullmatch(statement, line)] == []


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("output", ["table", "mermaid", "dot", "svg"])
def test_nothing_that_others_wrote_steers_a_terminal(mirror: Mirror, output: str) -> None:
    said = mirror("tree", "prod/tls", "-o", output)

    assert "prod/tls" in said.out
    assert said.out.replace("\n", "").isprintable()


def test_a_pull_mirror_in_a_circle_is_shown_with_the_reason(
    mirror: Mirror, workbench: Workbench, teams: list[str]
) -> None:
    assert teams
    workbench.secret("dev", "a", {"key": ""}, annotations=pulls("shop/b"))
    workbench.secret("shop", "b", {"key": ""}, annotations=pulls("dev/a"))

    said = mirror("tree", "-n", "dev")

    assert said.code == 1
    assert re.search(r"secret/dev/a +pull mirror +unknown +- +Secret dev/a has no source", said.out)
