"""`kubectl mirror` as people get it, built for this machine and this Python alone."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plugin import krew
from plugin.build import build
from plugin.zipapps import MACHINES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from plugin.zipapps import Machine

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"


def this_machine() -> Machine:
    """Return what `make dist` builds for here."""
    arch = _ARCHITECTURES[platform.machine()]
    [found] = [each for each in MACHINES if (each.os, each.arch) == (sys.platform, arch)]
    return found


@dataclass(frozen=True, slots=True)
class Distribution:
    """What `make dist` wrote.

    Args:
        folder: where.
    """

    folder: Path

    @classmethod
    def built(cls, folder: Path) -> Distribution:
        """Build it."""
        build(folder, [this_machine()], [PYTHON])
        return cls(folder)

    @property
    def zipapp(self) -> Path:
        """`kubectl mirror` as one file."""
        return self.folder / "kubectl-mirror.pyz"

    @property
    def wheel(self) -> Path:
        """The package."""
        [found] = self.folder.glob("*.whl")
        return found

    @property
    def archive(self) -> Path:
        """What krew would fetch for this machine."""
        return self.folder / krew.archive_name(this_machine())

    @property
    def manifest(self) -> Path:
        """What krew knows of it."""
        return self.folder / f"{krew.NAME}.yaml"


@dataclass(frozen=True, slots=True)
class Installed:
    """The programs in a folder of their own, run without anything else that Python has.

    Args:
        folder: in `PATH`; `HOME`, too.
    """

    folder: Path

    @classmethod
    def put(cls, distribution: Distribution, folder: Path) -> Installed:
        """Put the zipapp there, under each of its names."""
        folder.mkdir(parents=True)
        for name in ("kubectl-mirror", "kubectl_complete-mirror", "kn-mirror"):
            (folder / name).symlink_to(distribution.zipapp)
        return cls(folder)

    def environment(self, **variables: str) -> Mapping[str, str]:
        """What a program needs to find them, and itself."""
        path = os.pathsep.join((str(self.folder), "/usr/local/bin", "/usr/bin", "/bin"))
        return {"PATH": path, "HOME": str(self.folder), **variables}

    def run(self, *command: object, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run something that finds them."""
        return subprocess.run(  # noqa: S603 (commands are the tests' own)
            [*map(str, command)],
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
