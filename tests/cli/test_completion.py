"""Completion, as kubectl asks a plugin for it, and as click's own scripts do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kubectl_mirror.commands import COMMANDS
from kubectl_mirror.completion import complete
from mirroring import names
from tests.cli.conftest import HELD
from tests.cli.kubeconfigs import written
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Complete = Callable[..., list[str]]

NOTHING_ELSE = ":4"
AND_NO_SPACE = ":6"
FILES = ":0"


@pytest.fixture
def completed(capsys: pytest.CaptureFixture[str]) -> Complete:
    """Complete the last of some words; nothing is ever said to standard error."""

    def run(*words: str) -> list[str]:
        capsys.readouterr()
        assert complete(words) == 0
        said = capsys.readouterr()
        assert said.err == ""
        return said.out.splitlines()

    return run


@pytest.fixture
def cluster(
    server: Server,
    workbench: Workbench,
    handler: Handler,
    teams: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two sources, in prod and in dev, and mirrors of the first."""
    monkeypatch.setenv("KUBECONFIG", str(server.admin_kubeconfig))
    everywhere = PERMISSION | {names.AUTO_NAMESPACES: ",".join(teams)}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=everywhere)
    to_stage = PERMISSION | {names.AUTO_NAMESPACES: "stage"}
    workbench.secret("dev", "own", {"key": HELD}, annotations=to_stage)
    handler.resync()


def candidates(lines: list[str], last: str = NOTHING_ELSE) -> list[str]:
    *found, directive = lines
    assert directive == last
    return [line.partition("\t")[0] for line in found]


def test_commands_are_completed_with_what_they_are_for(completed: Complete) -> None:
    everything, begun = completed(""), completed("stat")

    assert candidates(everything) == [*COMMANDS]
    assert begun == [f"status\t{COMMANDS['status']}", NOTHING_ELSE]


def test_flags_are_completed(completed: Complete) -> None:
    assert candidates(completed("status", "--con")) == ["--context"]
    assert "--namespace" in candidates(completed("explain", "--"))


@pytest.mark.parametrize("words", [["-o", ""], ["--output", ""], ["--output="]], ids=" ".join)
def test_formats_are_completed(completed: Complete, words: list[str]) -> None:
    found = candidates(completed("status", *words))

    assert found == ["table", "wide", "json", "yaml", "name"]


def test_files_are_left_to_the_shell(completed: Complete) -> None:
    assert completed("status", "--kubeconfig", "")[-1] == FILES


def test_contexts_are_those_of_the_kubeconfig(
    completed: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "one")))
    contexts = [{"name": n, "context": {"cluster": "c", "user": "u"}} for n in ("kind", "prod")]
    other = written(tmp_path / "other", contexts=contexts)

    assert candidates(completed("status", "--context", "")) == ["x"]
    assert candidates(completed("status", "--context=")) == ["x"]
    named = completed("status", "--kubeconfig", str(other), "--context", "k")
    assert candidates(named) == ["kind"]


@pytest.mark.usefixtures("cluster")
def test_namespaces_are_the_clusters(completed: Complete) -> None:
    assert candidates(completed("status", "-n", "st")) == ["stage"]
    assert candidates(completed("status", "--namespace=sh")) == ["shop"]


@pytest.mark.usefixtures("cluster")
def test_sources_are_completed_with_their_namespace_and_those_that_are_meant_without(
    completed: Complete,
) -> None:
    assert candidates(completed("status", "")) == ["dev/own", "prod/tls"]
    assert candidates(completed("status", "-n", "prod", "")) == ["dev/own", "prod/tls", "tls"]
    assert candidates(completed("status", "prod/")) == ["prod/tls"]
    assert candidates(completed("explain", "d")) == ["dev/own"]


@pytest.mark.usefixtures("cluster")
def test_of_what_is_explained_kinds_are_completed_and_what_is_in_the_namespace(
    completed: Complete,
) -> None:
    assert candidates(completed("explain", "sec"), AND_NO_SPACE) == ["secret/"]
    assert candidates(completed("explain", "ing"), AND_NO_SPACE) == ["ingress/"]
    assert candidates(completed("explain", "-n", "shop", "secret/")) == ["secret/tls"]


@pytest.mark.parametrize(
    "words",
    [
        ["status", ""],
        ["status", "-n", ""],
        ["explain", "secret/"],
        ["status", "--context", "no-such-context", ""],
        ["no-such-command", ""],
        ["status", "--no-such-flag", ""],
        [],
    ],
    ids=" ".join,
)
def test_where_nothing_can_be_asked_nothing_is_said(
    completed: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    cluster = {"server": "https://127.0.0.1:1"}
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "kubeconfig", cluster=cluster)))

    found = completed(*words)

    assert found[-1] == NOTHING_ELSE
    assert not [line for line in found[:-1] if "\t" not in line]


def test_a_kubeconfig_that_is_broken_says_nothing(
    completed: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text("{")
    monkeypatch.setenv("KUBECONFIG", str(broken))

    assert completed("status", "--context", "") == [NOTHING_ELSE]
    assert completed("status", "") == [NOTHING_ELSE]
