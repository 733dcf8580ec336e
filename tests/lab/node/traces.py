"""What a machine can be seen by from without, and must not be any more when it has gone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC: Final = Path("/proc")
# Folders that belong to nodes wherever they are, unless somebody sees to it.
_FOLDERS: Final = ("/etc/cni", "/run/containerd", "/run/netns", "/var/lib/cni", "/var/lib/kubelet")

# Parts of the kernel's settings that only somebody's hand changes.
_SETTINGS: Final = (
    "kernel/panic*",
    "kernel/keys/*",
    "net/ipv4/ip_forward",
    "vm/*_on_oom",
    "vm/overcommit_*",
)


def traces() -> frozenset[str]:
    """Describe all that there is now, on this machine, of the kinds that nodes are made of."""
    return frozenset(
        (
            *_processes(),
            *(f"mount {line.split()[4]}" for line in _read(_PROC / "self/mountinfo").splitlines()),
            *(f"interface {path.name}" for path in Path("/sys/class/net").iterdir()),
            *(f"route {line}" for line in _read(_PROC / "net/route").splitlines()),
            *_control_groups(),
            *_settings(),
            *(f"folder {folder}" for folder in _FOLDERS if Path(folder).exists()),
            *(f"folder {path}" for path in Path(tempfile.gettempdir()).glob("kn-mirror-node-*")),
        )
    )


def _processes() -> Iterator[str]:
    """Name processes that are in other networks, or that were told a node's folder."""
    own = (_PROC / "self/ns/net").readlink()
    for process in _PROC.glob("[0-9]*"):
        command = _read(process / "cmdline").replace("\0", " ")
        try:
            foreign = (process / "ns/net").readlink() != own
        except OSError:
            continue  # It has just ended, or is none that we could have started.
        if foreign or "/kn-mirror-node-" in command:
            yield f"process {process.name} {command}"


def _control_groups() -> Iterator[str]:
    """Name those at the top, where a node makes its own; within others their owners make more."""
    root = Path("/sys/fs/cgroup")
    is_unified = (root / "cgroup.procs").exists()
    for hierarchy in [root] if is_unified else root.iterdir():
        yield from (f"control group {folder}" for folder in hierarchy.glob("*/"))


def _settings() -> Iterator[str]:
    for pattern in _SETTINGS:
        for path in (_PROC / "sys").glob(pattern):
            yield f"setting {path}: {_read(path)}"


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""  # It has gone, or shows itself to nobody.
