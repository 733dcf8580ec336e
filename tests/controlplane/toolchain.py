"""The Go module of the control plane, and a Go that is new enough for it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.controlplane.errors import ControlPlaneError
from tests.controlplane.packages import installed

MODULE: Final = Path(__file__).parent
GO_MOD: Final = (MODULE / "go.mod").read_text()


def required(name: str) -> str:
    """Return the version of `name` that go.mod asks for; `go` is the language's own."""
    line = re.search(rf"^\s*{re.escape(name)} (\S+)", GO_MOD, re.MULTILINE)
    if line is None:
        raise ControlPlaneError(f"{MODULE / 'go.mod'} does not require {name}")
    return line[1]


def go() -> Path:
    """Return the Go in PATH when it is new enough, else the one of the dependency group `go`.

    Raises:
        ControlPlaneError: there is neither.
    """
    found = shutil.which("go")
    if found and _version(_said_by(found)) >= _version(f"go{required('go')}"):
        return Path(found)
    try:
        return installed("go") / "go" / "bin" / "go"
    except ControlPlaneError as error:
        raise ControlPlaneError(
            f"Kubernetes is built with Go {required('go')} or newer: put one into PATH, or set "
            f"KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver ({error})"
        ) from error


def _said_by(program: str) -> str:
    asked = subprocess.run([program, "version"], capture_output=True, text=True, check=False)  # noqa: S603 (the machine's own Go)
    return asked.stdout


def _version(text: str) -> tuple[int, ...]:
    """Read `go1.26.8` wherever it stands; a development version counts as too old."""
    number = re.search(r"\bgo(\d+(?:\.\d+)*)", text)
    return tuple(map(int, number[1].split("."))) if number else ()
