"""Where the programs of a node are on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.controlplane import Programs, find_programs
from tests.lab.programs import Own, Program, ProgramError, built
from tests.lab.programs.catalogue import containerd, coredns, kubernetes
from tests.lab.programs.debian import install_missing

_STATIC: Final = Own(Path(__file__).with_name("static"), named_after="go")

# What has to be installed beside the programs: containers, their network, Services, and the wire.
_PACKAGES: Final = ("runc", "containernetworking-plugins", "nftables", "conntrack", "iproute2")


@dataclass(frozen=True, slots=True)
class NodePrograms:
    """The programs that make a node, with its control plane."""

    control_plane: Programs
    kube_scheduler: Path
    kubelet: Path
    kube_proxy: Path
    containerd: Path
    ctr: Path
    shim: Path
    pause: Path
    probe: Path
    coredns: Path


def find_node_programs() -> NodePrograms:
    """Find the programs, build what the machine has not, and install what Debian packages.

    Raises:
        ProgramError: one of them can neither be found nor made, or this is not root.
    """
    if os.geteuid() != 0:
        raise ProgramError("only root can run a node; run these tests as root")
    install_missing(*_PACKAGES)
    return NodePrograms(
        control_plane=find_programs(),
        kube_scheduler=built(kubernetes("kube-scheduler")),
        kubelet=built(kubernetes("kubelet")),
        kube_proxy=built(kubernetes("kube-proxy")),
        containerd=built(containerd("containerd")),
        ctr=built(containerd("ctr")),
        shim=built(containerd("containerd-shim-runc-v2")),
        pause=built(_static("pause")),
        probe=built(_static("probe")),
        coredns=built(coredns()),
    )


def _static(name: str) -> Program:
    return Program(_STATIC, f"kn-mirror.dev/tests/node/static/cmd/{name}")
