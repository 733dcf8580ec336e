"""kubectl, as whoever installs something on a cluster uses it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.programs import built
from tests.lab.programs.catalogue import kubectl


class KubectlError(Exception):
    """kubectl did not do what the test wanted done; the message is its own."""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl on a cluster.

    Args:
        kubeconfig: how to reach it, and as whom.
        cache: a folder for what kubectl finds out about it.
    """

    kubeconfig: Path
    cache: Path

    def __call__(self, *arguments: str) -> str:
        """Run a command and return what it says.

        Raises:
            KubectlError: it failed.
        """
        return run(f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.cache}", *arguments)


def run(*arguments: str) -> str:
    """Run kubectl where no cluster is needed, and return what it says.

    Raises:
        KubectlError: it failed.
    """
    done = subprocess.run(  # noqa: S603 (arguments are the tests' own)
        [find_kubectl(), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout


def find_kubectl() -> Path:
    """Return the kubectl in PATH, or one that is built where there is none.

    Raises:
        ProgramError: there is none, and none can be built.
    """
    found = shutil.which("kubectl")
    return Path(found) if found else built(kubectl())
