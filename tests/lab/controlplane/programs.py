"""Where the programs of the control plane are on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.programs.building import built
from tests.lab.programs.catalogue import etcd, kubernetes
from tests.lab.programs.errors import ProgramError

_ASSETS: Final = "KUBEBUILDER_ASSETS"

# An older one cannot tell kube-apiserver how far its watch cache has come, so that consistent lists
# would be read from etcd, as they are on no cluster of today.
_OLDEST: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that make a control plane."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path


def find_programs() -> Programs:
    """Find the programs, and make what the machine has not.

    `KUBEBUILDER_ASSETS` names a folder with etcd and kube-apiserver, and kube-controller-manager if
    one likes, as for Kubernetes' envtest. Without it Kubernetes' programs are built, and so is etcd
    unless there is one in PATH that is new enough.

    Raises:
        ProgramError: one of them can neither be found nor built.
    """
    assets = os.environ.get(_ASSETS)
    return _of_assets(Path(assets)) if assets else _of_this_machine()


def _of_assets(folder: Path) -> Programs:
    for name in ("etcd", "kube-apiserver"):
        if not (folder / name).exists():
            raise ProgramError(
                f"{_ASSETS} names {folder}, where there is no {name}: unset it, or add that"
            )
    own = folder / "kube-controller-manager"
    return Programs(
        etcd=folder / "etcd",
        kube_apiserver=folder / "kube-apiserver",
        # envtest's archives leave it out.
        kube_controller_manager=own
        if own.exists()
        else built(kubernetes("kube-controller-manager")),
    )


def _of_this_machine() -> Programs:
    return Programs(
        etcd=find_etcd(),
        kube_apiserver=built(kubernetes("kube-apiserver")),
        kube_controller_manager=built(kubernetes("kube-controller-manager")),
    )


def find_etcd() -> Path:
    """Return the etcd in PATH when it is new enough, else one that is built.

    Raises:
        ProgramError: it cannot be built.
    """
    found = shutil.which("etcd")
    return Path(found) if found and _is_new_enough(found) else built(etcd())


def _is_new_enough(program: str) -> bool:
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 (the machine's own etcd)
    version = re.search(r"^etcd Version: (\d+)\.(\d+)\.", asked.stdout, re.MULTILINE)
    return version is not None and tuple(map(int, version.groups())) >= _OLDEST
