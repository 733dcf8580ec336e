"""CoreDNS on a machine, by which pods find Services by their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.lab.node import published
from tests.lab.node.images import Image

if TYPE_CHECKING:
    from tests.lab.node.machines import Machine
    from tests.lab.node.programs import NodePrograms

_DEADLINE: Final = 60


def install(machine: Machine, programs: NodePrograms) -> None:
    """Install it, and wait until it answers."""
    machine.runtime.add(Image("dev.local/coredns:tests", programs.coredns))
    published.apply(machine, published.read(Path(__file__).parent, "dns.yaml"))
    machine.roll_out("kube-system", within=_DEADLINE)
