"""Programs that Debian packages, installed where the machine has not got them."""

from __future__ import annotations

import fcntl
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.lab.programs.cache import cache_folder
from tests.lab.programs.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TAIL: Final = 15

# Another run of apt may be under way; seconds to wait for it.
_PATIENCE: Final = 300


def install_missing(*packages: str) -> None:
    """Install those of `packages` that are not there yet, as root and from where apt is set up to.

    Raises:
        ProgramError: only root may install them, this is no Debian, or apt fails.
    """
    with _one_at_a_time():
        missing = [package for package in packages if not _is_installed(package)]
        if not missing:
            return
        if os.geteuid() != 0:
            raise ProgramError(
                f"these tests need Debian's {', '.join(missing)}; as root they install them "
                f"themselves, or: sudo apt-get install {' '.join(missing)}"
            )
        _apt_get("update", needed=missing)
        _apt_get("install", "--yes", "--no-install-recommends", *missing, needed=missing)


def _is_installed(package: str) -> bool:
    try:
        asked = subprocess.run(  # noqa: S603 (names are the tests' own)
            ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package],  # noqa: S607 (Debian's, wherever it is)
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ProgramError(
            f"these tests need {package} as Debian packages it, on Debian or what derives from it"
        ) from error
    return asked.stdout == "installed"


def _apt_get(*arguments: str, needed: Iterable[str]) -> None:
    done = subprocess.run(  # noqa: S603 (arguments are this module's own)
        ["apt-get", "--quiet", f"--option=DPkg::Lock::Timeout={_PATIENCE}", *arguments],  # noqa: S607 (Debian's, wherever it is)
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL:])
        raise ProgramError(
            f"{', '.join(needed)} cannot be installed: apt-get {arguments[0]} failed:\n{tail}"
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let tests that run beside each other install one after the other: apt only waits for dpkg."""
    lock = cache_folder() / "debian.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
