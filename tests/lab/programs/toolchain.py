"""A Go that is new enough for what is built with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.lab.programs.errors import ProgramError
from tests.lab.programs.packages import installed

# What Kubernetes asks for, which asks for most.
_OLDEST: Final = "1.26.0"


def go() -> Path:
    """Return the Go in PATH when it is new enough, else the one of the dependency group `go`.

    Raises:
        ProgramError: there is neither.
    """
    found = shutil.which("go")
    if found and _version(_said_by(found)) >= _version(f"go{_OLDEST}"):
        return Path(found)
    try:
        return installed("go") / "go" / "bin" / "go"
    except ProgramError as error:
        raise ProgramError(
            f"Kubernetes is built with Go {_OLDEST} or newer: put one into PATH, or set "
            f"KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver ({error})"
        ) from error


def _said_by(program: str) -> str:
    asked = subprocess.run([program, "version"], capture_output=True, text=True, check=False)  # noqa: S603 (the machine's own Go)
    return asked.stdout


def _version(text: str) -> tuple[int, ...]:
    """Read `go1.26.8` wherever it stands; a development version counts as too old."""
    number = re.search(r"\bgo(\d+(?:\.\d+)*)", text)
    return tuple(map(int, number[1].split("."))) if number else ()
