from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab.programs import ProgramError
from tests.lab.programs.debian import install_missing

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Debian:
    """A machine's `dpkg-query` and `apt-get`, played by scripts that keep a book."""

    folder: Path

    def __post_init__(self) -> None:
        self.plays("dpkg-query", f'test -e {self.folder}/has-"$3" && printf installed')
        self.plays("apt-get", f'echo "$@" >> {self.folder}/asked')

    def plays(self, program: str, script: str) -> None:
        place = self.folder / program
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def has(self, package: str) -> None:
        (self.folder / f"has-{package}").touch()

    @property
    def asked(self) -> list[str]:
        """The commands that apt-get was given, without their options."""
        book = self.folder / "asked"
        lines = book.read_text().splitlines() if book.exists() else []
        return [" ".join(word for word in line.split() if word[0] != "-") for line in lines]


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Debian:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Debian(tmp_path)


def test_what_is_missing_is_installed_from_fresh_lists(debian: Debian) -> None:
    debian.has("runc")

    install_missing("runc", "buildah", "mmdebstrap")

    assert debian.asked == ["update", "install buildah mmdebstrap"]


def test_a_machine_that_has_it_all_is_left_alone(debian: Debian) -> None:
    debian.has("runc")

    install_missing("runc")

    assert debian.asked == []


def test_whoever_may_not_install_it_reads_what_to_install(
    debian: Debian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ProgramError, match=r"sudo apt-get install runc buildah$"):
        install_missing("runc", "buildah")

    assert debian.asked == []


def test_apts_own_words_say_why_it_failed(debian: Debian) -> None:
    debian.plays("apt-get", "echo E: Unable to locate package buildah; exit 100")

    with pytest.raises(ProgramError, match="update failed:\nE: Unable to locate package buildah"):
        install_missing("buildah")


def test_where_there_is_no_dpkg_the_error_says_so(
    debian: Debian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(debian.folder / "empty"))

    with pytest.raises(ProgramError, match="need buildah as Debian packages it"):
        install_missing("buildah")
