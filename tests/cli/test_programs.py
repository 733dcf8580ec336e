"""The installed programs: by which name people call them, and which of them completes."""

from __future__ import annotations

import sys

import pytest

from kubectl_mirror import VERSION
from kubectl_mirror.programs import called, main


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kubectl-mirror", "kubectl mirror"),
        ("kubectl-mirror.pyz", "kubectl mirror"),
        ("kubectl-kn_mirror", "kubectl kn-mirror"),
        ("kn-mirror", "kn-mirror"),
        ("kn-mirror.exe", "kn-mirror"),
        ("__main__.py", "kubectl mirror"),
    ],
)
def test_help_calls_a_program_as_people_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", [f"/somewhere/{name}", "status", "--help"])

    assert main() == 0

    assert called(name) == said
    assert capsys.readouterr().out.startswith(f"Usage: {said} status ")


@pytest.mark.parametrize("name", ["kubectl-mirror", "kn-mirror"])
def test_alone_it_says_what_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", [name])

    code, said = main(), capsys.readouterr()

    assert (code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {called(name)} ")
    assert "\n  status   Which mirrors are there, and how they are.\n" in said.out


@pytest.mark.parametrize("name", ["kubectl-mirror", "kn-mirror"])
def test_it_says_of_which_version_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--version"])

    assert main() == 0

    assert capsys.readouterr().out == f"{called(name)} {VERSION}\n"


@pytest.mark.parametrize("name", ["kubectl_complete-mirror", "kubectl_complete-kn_mirror"])
def test_a_program_that_is_named_so_completes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", [f"/somewhere/{name}", "status", "--no-h"])

    assert main() == 0

    assert capsys.readouterr().out.splitlines()[-1] == ":4"


def test_plain_kn_mirror_has_clicks_own_completion(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["kn-mirror"])
    monkeypatch.setenv("_KN_MIRROR_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", "kn-mirror sta")
    monkeypatch.setenv("COMP_CWORD", "1")

    with pytest.raises(SystemExit):
        main()

    assert "status" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "--no-such-flag"], "No such option"),
        (["status", "-o=xml"], "'xml' is not one of 'table', 'wide', 'json', 'yaml', 'name'"),
        (["no-such-command"], "No such command 'no-such-command'"),
        (["explain"], "Missing argument"),
    ],
)
def test_what_is_called_wrongly_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["kubectl-mirror", *arguments])

    assert main() == 2

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert "See kubectl mirror" in line
