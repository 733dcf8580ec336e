"""Checkouts in which images are pushed and releases made, by a builder that pushes nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from tests.lab.kubectl import find_kubectl

PUSHED: Final = f"sha256:{'0123456789abcdef' * 4}"

_PROJECT: Final = Path(__file__).parents[2]
_PINNED: Final = f"ARG BASE=registry.example/base@{PUSHED}\nARG UV=registry.example/uv@{PUSHED}\n"
_BUILDER: Final = f'#!/bin/sh\n[ "$1" != push ] || printf {PUSHED} > "$3"\n'


class Checkout(NamedTuple):
    """A checkout with nothing in it but what a release is made of.

    Args:
        folder: where it is.
    """

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Checkout:
        """Copy it; nobody has pushed an image from there."""
        folder.mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(_PROJECT / name, folder)
        shutil.copytree(_PROJECT / "knative", folder / "knative")
        base = folder / "knative" / "base" / "kustomization.yaml"
        base.write_text(re.sub(r"(?m)^    digest: .*\n", "", base.read_text()))
        (folder / "Dockerfile").write_text(_PINNED)
        (folder / "builder").write_text(_BUILDER)
        (folder / "builder").chmod(0o755)
        return cls(folder)

    @property
    def release(self) -> Path:
        """Where the manifests are in one file, once they are."""
        return self.folder / "kn-mirror.yaml"

    @property
    def images(self) -> set[str]:
        """The images that the release names."""
        return set(re.findall(r" image: (\S+)", self.release.read_text()))

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Have make do something there."""
        command = ["make", "--no-print-directory", f"BUILDER={self.folder}/builder"]
        return subprocess.run(  # noqa: S603 (no input from outside)
            [*command, f"KUBECTL={find_kubectl()}", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
