"""Go modules that programs are built from: as they were published, or written beside the tests."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.lab.programs.errors import ProgramError
from tests.lab.programs.toolchain import go


class Module(Protocol):
    """A Go module that programs can be built from."""

    @property
    def name(self) -> str:
        """What it is called, with its version."""

    @property
    def identity(self) -> str:
        """A text that is another one whenever something else would be built."""

    def folder(self) -> Path:
        """Return where its sources are, which are fetched if need be.

        Raises:
            ProgramError: they cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Published:
    """A module as it was published, built with the versions that its own go.mod and go.sum name.

    Args:
        path: as in `knative.dev/eventing`.
        version: as in `v0.49.2`.
        checksum: what go.sum would say of it, so that nobody can publish it twice.
    """

    path: str
    version: str
    checksum: str

    @property
    def name(self) -> str:
        return f"{re.sub(r'/v[0-9]+$', '', self.path).rpartition('/')[2]}-{self.version}"

    @property
    def identity(self) -> str:
        return f"{self.path} {self.version} {self.checksum}"

    def folder(self) -> Path:
        found = _download(f"{self.path}@{self.version}", folder=None)
        if found["Sum"] != self.checksum:
            raise ProgramError(
                f"{self.path} {self.version} is not what it was: its checksum is {found['Sum']} "
                f"and not {self.checksum}. Do not build it; find out who changed it."
            )
        return Path(found["Dir"])

    def dependency(self, path: str) -> Path:
        """Return where the sources of a module are that this one requires.

        Raises:
            ProgramError: they cannot be had.
        """
        return Path(_download(path, folder=self.folder())["Dir"])


@dataclass(frozen=True, slots=True)
class Own:
    """A module that lies beside the tests: go.mod, go.sum and what there is of sources.

    Args:
        place: its folder.
        named_after: the module in its go.mod whose version it goes by.
    """

    place: Path
    named_after: str

    @property
    def name(self) -> str:
        return f"{self.place.name}-{self.version}"

    @property
    def version(self) -> str:
        """The version of the module that it goes by."""
        go_mod = self.place / "go.mod"
        line = re.search(rf"^\s*(?:require )?{re.escape(self.named_after)} (\S+)",
                         go_mod.read_text(), re.MULTILINE)  # fmt: skip
        if line is None:
            raise ProgramError(f"{go_mod} does not require {self.named_after}. Require it there.")
        return line[1]

    @property
    def identity(self) -> str:
        sources = sorted(each for each in self.place.rglob("*") if each.suffix in {".go", ".mod"})
        texts = (f"{each.relative_to(self.place)}\n{each.read_text()}" for each in sources)
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()

    def folder(self) -> Path:
        return self.place

    def dependency(self, path: str) -> Path:
        """Return where the sources of a module are that this one requires.

        Raises:
            ProgramError: they cannot be had.
        """
        return Path(_download(path, folder=self.folder())["Dir"])


def environment() -> dict[str, str]:
    """Keep what the machine sets for other modules from changing what is built here."""
    own = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    return {**os.environ, **own}


def _download(module: str, *, folder: Path | None) -> dict[str, Any]:
    asked = subprocess.run(  # noqa: S603 (no input from outside)
        [go(), "mod", "download", "-json", module],
        # Outside of any module `module` has to name its version.
        cwd=folder or Path("/"),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        said = asked.stdout + asked.stderr
        raise ProgramError(f"{module} cannot be had (GOPROXY says where from):\n{said}")
    found: dict[str, Any] = json.loads(asked.stdout)
    return found
