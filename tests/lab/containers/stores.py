"""Buildah, with a store of images that is a test's own."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tests.lab.programs import ProgramError
from tests.lab.programs.debian import install_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAIL: Final = 30


class Store:
    """Images and containers, and the command that works on them.

    Args:
        folder: has all of it, as plain folders: nothing is mounted that could stay so.
    """

    def __init__(self, folder: Path) -> None:
        self.buildah = (
            *("buildah", "--storage-driver", "vfs"),
            *("--root", f"{folder}/images", "--runroot", f"{folder}/run"),
        )

    def run(self, *arguments: str) -> str:
        """Return what buildah says to `arguments`, without the end of its last line.

        Raises:
            ProgramError: it failed.
        """
        return self.run_program(*self.buildah, *arguments)

    def run_program(self, *command: str, folder: Path | None = None) -> str:
        """Run a program that in turn runs buildah, and return what it says.

        Args:
            command: the program with its arguments.
            folder: where it runs; here, unless one is given.

        Raises:
            ProgramError: it failed.
        """
        done = subprocess.run(  # noqa: S603 (runs what the tests name)
            command,
            cwd=folder,
            # Neither a runtime for containers nor a network of their own.
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-_TAIL:])
            raise ProgramError(f"{' '.join(command)} failed:\n{tail}")
        return done.stdout.rstrip("\n")


@contextmanager
def store() -> Iterator[Store]:
    """Have a store that goes with the context.

    Raises:
        ProgramError: there is no buildah, and it cannot be installed.
    """
    install_missing("buildah")
    with TemporaryDirectory(prefix="kn-mirror-") as folder:
        yield Store(Path(folder))
