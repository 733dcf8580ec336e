"""`make demo`: the story that a newcomer sees first."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from demo.casts import Cast
from demo.clusters import Stage
from demo.contexts import ContextError, write_kubeconfig
from demo.plays import Play
from demo.stories import steps

if TYPE_CHECKING:
    from tests.lab.clusters import Workbench
    from tests.servers import Server

PROJECT = Path(__file__).parents[2]


def demo(*options: str, answer: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (no input from outside)
        [sys.executable, "-m", "demo", *options],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f".{os.pathsep}shared", **environment},
        input=answer,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def context_of(server: Server) -> str:
    return str(json.loads(server.admin_kubeconfig.read_text())["current-context"])


def test_every_step_of_the_story_comes_true_in_the_sandbox() -> None:
    played = demo()

    assert played.returncode == 0, played.stdout
    lines = played.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        f"✓ {number}. {step.title}" for number, step in enumerate(steps(Cast.of_sandbox()), 1)
    ]


def test_every_step_comes_true_on_a_cluster_of_which_nothing_is_left_changed(
    workbench: Workbench, server: Server
) -> None:
    before = {each["metadata"]["name"] for each in workbench.objects("Namespace")}

    played = demo("--yes", "--context", context_of(server), KUBECONFIG=str(server.admin_kubeconfig))

    assert played.returncode == 0, played.stdout
    left = [each["metadata"] for each in workbench.objects("Namespace")]
    assert {each["name"] for each in left if "deletionTimestamp" not in each} == before


@pytest.mark.parametrize("answer", ["", "n\n", "what?\n"])
def test_a_cluster_is_left_alone_unless_the_answer_is_yes(
    sandbox_server: Server, answer: str
) -> None:
    played = demo("--context", "sandbox", answer=answer, KUBECONFIG=str(sandbox_server.kubeconfig))

    assert played.returncode == 1
    assert "Go on? [y/N]" in played.stdout
    assert not set(Stage(sandbox_server.kubeconfig).namespaces()) & set(
        Cast.of_cluster().namespaces
    )


def test_a_cluster_with_namespaces_of_those_names_is_left_alone(sandbox_server: Server) -> None:
    stage = Stage(sandbox_server.kubeconfig)
    stage.create_namespace("kn-mirror-demo-team-07")

    played = demo("--context", "sandbox", answer="y\n", KUBECONFIG=str(sandbox_server.kubeconfig))

    assert played.returncode == 1
    assert "kn-mirror-demo-team-07. Delete them first." in played.stdout


def test_a_context_that_is_not_there_is_refused_with_those_that_are(
    sandbox_server: Server,
) -> None:
    played = demo("--context", "none", KUBECONFIG=str(sandbox_server.kubeconfig))

    assert played.returncode == 2
    assert "There is no context 'none'. There are: sandbox." in played.stdout


def test_a_step_that_does_not_come_true_fails_and_says_where(sandbox_server: Server) -> None:
    """There are no functions here, so that nothing comes of the certificate."""
    said = io.StringIO()
    play = Play(
        Stage(sandbox_server.kubeconfig), Cast.of_sandbox(), Console(file=said), patience=0.0
    )

    assert not play.perform()
    assert "FAILED 2. cert-manager issues" in said.getvalue()
    assert "team-01 has nothing, not a mirror like it" in said.getvalue()


def test_paths_in_a_kubeconfig_are_those_of_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("contexts: [{name: mine, context: {cluster: mine, user: me}}]")
    second.write_text(
        "clusters: [{name: mine, cluster: {certificate-authority: ca.crt}}]\n"
        "contexts: [{name: mine, context: {cluster: other}}]"
    )
    monkeypatch.setenv("KUBECONFIG", f"{first}{os.pathsep}{second}")

    write_kubeconfig("mine", tmp_path / "written")

    written = (tmp_path / "written").read_text()
    assert f"certificate-authority: {tmp_path}/ca.crt" in written
    assert "current-context: mine" in written
    assert "other" not in written
    assert (tmp_path / "written").stat().st_mode & 0o077 == 0


def test_without_any_kubeconfig_there_is_no_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(ContextError, match="There are: none"):
        write_kubeconfig("mine", tmp_path / "written")
