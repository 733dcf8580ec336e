"""`kubectl mirror status`: what it says of sources and mirrors, and by which exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kubectl_mirror.access.sites import Site
from kubectl_mirror.access.transports import MetadataOnly
from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies import patterns
from mirroring.policies.budgets import Budget
from mirroring.policies.limits import Limits, Side
from tests.cli.conftest import HELD
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]

EVERYWHERE = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop,stage"}


@pytest.fixture
def source(workbench: Workbench, teams: list[str]) -> None:
    """A source that asks for a mirror in each team's namespace."""
    assert teams
    workbench.secret("prod", "tls", {"key": HELD}, annotations=EVERYWHERE)


@pytest.mark.usefixtures("source")
def test_what_is_in_sync_is_said_to_be_and_the_exit_code_is_0(
    mirror: Mirror, handler: Handler
) -> None:
    handler.resync()

    said = mirror("status", "-A")

    assert said.code == 0
    assert [line[:4] for line in said.cells] == [["prod", "secret/tls", "3/3", "in sync"]]


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("asked", ["-A", "prod/tls"])
def test_a_source_was_renewed_when_content_of_it_was_written(
    mirror: Mirror, handler: Handler, workbench: Workbench, asked: str
) -> None:
    handler.resync()
    there = workbench.get("Secret", "prod", "tls")

    said = mirror("status", asked, "-o", "json")

    assert there
    [entry, *_] = there["metadata"]["managedFields"]
    assert [each["renewed"] for each in said.document["sources"]] == [entry["time"]]


@pytest.mark.usefixtures("source")
def test_what_is_missing_is_counted_and_the_exit_code_is_1(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    handler.resync()
    workbench.delete("Secret", "dev", "tls")

    said = mirror("status", "-A")

    assert said.code == 1
    assert [line[:4] for line in said.cells] == [["prod", "secret/tls", "2/3", "1 missing"]]


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name"])
def test_the_exit_code_is_the_same_however_it_is_shown(
    mirror: Mirror, handler: Handler, output: str
) -> None:
    before = mirror("status", "prod/tls", "-o", output)
    handler.resync()
    after = mirror("status", "prod/tls", "-o", output)

    assert (before.code, after.code) == (1, 0)
    assert "prod" in before.out


@pytest.mark.usefixtures("source")
def test_of_one_source_each_mirror_is_shown_with_the_reason(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    workbench.secret("shop", "tls", {"key": HELD})
    handler.resync()

    said = mirror("status", "prod/tls")

    assert [(line[0], line[3]) for line in said.cells[1:]] == [
        ("dev", "in sync"),
        ("shop", "blocked"),
        ("stage", "in sync"),
    ]
    assert "To let kn-mirror take it over, annotate it" in said.out


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("asked", [["-A"], ["prod/tls"], ["-n", "prod"]])
def test_what_has_a_mirrors_place_blocks_it_however_it_is_asked(
    mirror: Mirror, handler: Handler, workbench: Workbench, asked: list[str]
) -> None:
    workbench.secret("shop", "tls", {"key": HELD})
    handler.resync()

    said = mirror("status", *asked, "-o", "json")

    assert said.document["sources"][0]["counts"] == {"in sync": 2, "blocked": 1}


@pytest.mark.usefixtures("source")
def test_of_a_namespace_the_mirrors_that_are_there_are_shown(
    mirror: Mirror, handler: Handler
) -> None:
    handler.resync()

    said = mirror("status", "-n", "shop")

    assert said.code == 0
    assert [line[:4] for line in said.cells] == [["shop", "secret/tls", "prod/tls", "in sync"]]


@pytest.mark.usefixtures("source")
def test_of_a_namespace_pull_mirrors_that_need_nothing_are_shown_too(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    workbench.secret("shop", "own", {"key": ""}, annotations={names.REFLECTS: "prod/tls"})
    handler.resync()
    handler.resync()

    said = mirror("status", "-n", "shop")

    assert [line[1:4] for line in said.cells] == [
        ["secret/own", "prod/tls", "in sync"],
        ["secret/tls", "prod/tls", "in sync"],
    ]


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("command", ["status", "tree"])
def test_a_namespace_that_is_not_there_is_said_not_to_be(mirror: Mirror, command: str) -> None:
    nowhere, empty = mirror(command, "-n", "nowhere"), mirror(command, "-n", "shop")

    assert "There is no namespace nowhere." in nowhere.err
    assert "No source and no mirror in namespace shop." in empty.err
    assert (nowhere.code, empty.code) == (1, 0)


@pytest.mark.usefixtures("source")
def test_what_is_no_source_is_said_to_be_none(mirror: Mirror) -> None:
    said = mirror("status", "prod/other")

    assert said.code == 1
    assert "prod/other is no source" in said.err


def test_a_mistake_of_its_owner_is_one_to_correct(
    mirror: Mirror, handler: Handler, workbench: Workbench, teams: list[str]
) -> None:
    assert teams
    broken = PERMISSION | {names.AUTO_NAMESPACES: "dev,sh(op"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=broken)
    handler.resync()

    said = mirror("status", "prod/tls", "-o", "json")

    assert said.code == 1
    [problem] = said.document["sources"][0]["problems"]
    assert "'sh(op' is not a regular expression" in problem["because"]
    assert problem["code"] == "KM705"


@pytest.mark.parametrize("text", ["secret/a/b/c", "Not_A_Name", "pod/prod/tls"])
def test_what_names_no_object_is_an_error(mirror: Mirror, text: str) -> None:
    said = mirror("status", text)

    assert said.code > 1
    assert "names no Secret or ConfigMap" in said.err
    assert said.out == ""


def test_a_cluster_without_anything_is_in_sync(mirror: Mirror) -> None:
    said = mirror("status", "-A")

    assert (said.code, said.out) == (0, "")
    assert "No source in any namespace." in said.err


@pytest.mark.usefixtures("source")
def test_every_list_is_asked_for_once(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    request = MetadataOnly.request

    def heard(self: MetadataOnly, method: str, path: str, **named: Any) -> tuple[int, bytes]:
        asked.append(path)
        return request(self, method, path, **named)

    monkeypatch.setattr(MetadataOnly, "request", heard)
    mirror("status", "-A")

    lists = sorted(path for path in asked if path.startswith("/api/v1/"))
    assert lists == ["/api/v1/configmaps", "/api/v1/namespaces", "/api/v1/secrets"]


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("command", [("status", "-A"), ("plan",), ("migrate",)], ids=" ".join)
def test_patterns_of_all_sources_have_no_more_time_than_an_events(
    mirror: Mirror, workbench: Workbench, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Who makes many sources would else have whoever asks wait for each of them."""
    made: list[Budget] = []

    class Counted(Budget):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    def asked_with(number: int) -> int:
        rules = PERMISSION | {names.AUTO_NAMESPACES: f"dev,{number}(a+)+$"}
        workbench.secret("prod", f"tls-{number}", {"key": HELD}, annotations=rules)
        made.clear()
        mirror(*command)
        return len(made)

    monkeypatch.setattr(patterns, "Budget", Counted)

    counted = [asked_with(number) for number in range(5)]

    assert len({*counted}) == 1
    assert counted[0] > 0


@pytest.mark.parametrize("command", ["status", "plan"])
@pytest.mark.usefixtures("teams")
def test_what_is_not_there_is_said_once_of_all_kinds(mirror: Mirror, command: str) -> None:
    said = mirror(command, "prod/other")

    assert said.code == 1
    assert said.err.count("prod/other is no source") == 1


@pytest.mark.parametrize("command", ["status", "plan"])
@pytest.mark.usefixtures("teams")
def test_a_source_that_is_not_followed_is_said_not_to_be(
    mirror: Mirror, workbench: Workbench, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    limits = Limits(sources=Side(excluded=Globs.parse("prod")))
    monkeypatch.setattr(Site, "limits", limits)
    workbench.secret("prod", "tls", {"key": HELD}, annotations=PERMISSION)

    said = mirror(command, "prod/tls")

    assert said.code == 1
    assert "prod/tls is not looked at: sources in namespace prod are not followed" in said.err
    assert "is no source" not in said.err


@pytest.mark.parametrize("command", ["status", "plan"])
@pytest.mark.usefixtures("teams")
def test_pull_mirrors_of_others_that_lead_nowhere_are_no_fault_of_a_source(
    mirror: Mirror, handler: Handler, workbench: Workbench, command: str
) -> None:
    annotations = PERMISSION | {names.AUTO_NAMESPACES: "dev"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=annotations)
    for one, other in (("shop", "stage"), ("stage", "shop")):
        workbench.secret(one, "mine", {}, annotations={names.REFLECTS: f"{other}/mine"})
    handler.resync()

    codes = [mirror(command, of).code for of in ("prod/tls", "shop/mine")]

    assert codes == [0, 1]
