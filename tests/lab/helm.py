"""Helm, as whoever installs charts uses it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.programs import built
from tests.lab.programs.catalogue import helm

if TYPE_CHECKING:
    from pathlib import Path


class HelmError(Exception):
    """Helm did not do what the test wanted done; the message is its own."""


@dataclass(frozen=True, slots=True)
class Helm:
    """Helm on a cluster.

    Args:
        kubeconfig: how to reach it, and as whom.
        home: a folder for what Helm keeps.
    """

    kubeconfig: Path
    home: Path

    def __call__(self, *arguments: str) -> str:
        """Run a command and return what it says.

        Raises:
            HelmError: it failed.
        """
        folders = (f"HELM_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA"))
        done = subprocess.run(  # noqa: S603 (arguments are the tests' own)
            [built(helm()), f"--kubeconfig={self.kubeconfig}", *arguments],
            env={**os.environ, **dict.fromkeys(folders, str(self.home))},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HelmError(f"helm {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout
