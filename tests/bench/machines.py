"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.lab.controlplane import Programs

_PROJECT: Final = Path(__file__).parents[2]


def described(programs: Programs) -> str:
    """Say in a sentence what this machine is, and what of kn-mirror was measured when (Linux only).

    Args:
        programs: which versions of them there were.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit {_commit()}, on {os.cpu_count()} "
        f"cores ({_processor()}) and {memory:.0f} GB of memory that functions, API server, etcd "
        f"and the bare client share; Kubernetes {_version(programs.kube_apiserver)}, "
        f"etcd {_version(programs.etcd)}, "
        f"Python {platform.python_version()}."
    )


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(program: Path) -> str:
    """Return the first number that a program calls its version."""
    found = re.search(r"\d+(\.\d+)+", _said(str(program), "--version"))
    return found[0] if found else "of an unknown version"


def _commit() -> str:
    return _said("git", "describe", "--always", "--dirty", "--exclude=*").strip() or "unknown"


def _said(*command: str) -> str:
    asked = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 (no input from outside)
    return asked.stdout
