"""Installs dependency groups of this project into the cache: programs the machine has not got."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab.programs.cache import cache_folder, made_once
from tests.lab.programs.errors import ProgramError

_PROJECT = Path(__file__).parents[3]


def installed(group: str) -> Path:
    """Return a folder with the packages of the dependency group `group`, as the lock has them.

    Raises:
        ProgramError: uv cannot be found, or cannot install them.
    """
    requirements = _uv(
        "export", "--quiet", "--frozen", "--only-group", group, "--no-header", "--no-annotate"
    )
    key = hashlib.sha256(f"{sys.platform} {requirements}".encode()).hexdigest()[:12]

    def install(folder: Path) -> None:
        _uv(
            *("pip", "install", "--quiet", "--python", sys.executable),
            *("--require-hashes", "--target", str(folder), "--requirements", "-"),
            standard_input=requirements,
        )

    return made_once(cache_folder() / f"{group}-{key}", install)


def _uv(*arguments: str, standard_input: str = "") -> str:
    beside_python = Path(sys.executable).with_name("uv")
    uv = beside_python if beside_python.exists() else shutil.which("uv")
    if uv is None:
        raise ProgramError(
            "uv is neither in the virtual environment nor in PATH: run `make check` once"
        )
    done = subprocess.run(  # noqa: S603 (arguments are this module's own)
        [uv, *arguments],
        cwd=_PROJECT,
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"uv {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
    return done.stdout
