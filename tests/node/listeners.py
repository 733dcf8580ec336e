"""A listener on a machine: it writes to its log every event that kn-mirror's broker hands on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.knative import installations
from tests.lab.node import published
from tests.lab.programs.catalogue import eventing

if TYPE_CHECKING:
    from tests.lab.node.journals import Journals
    from tests.lab.node.machines import Machine

PROGRAM: Final = eventing("event_display")
NAME: Final = "listener"
# Where the stories' certificate is not mirrored to.
NAMESPACE: Final = "kn-listener"

_DEADLINE: Final = 60


def install(machine: Machine) -> None:
    """Install it beside kn-mirror, and wait until it hears."""
    images = published.load(machine.runtime, [PROGRAM])
    manifests = published.read(Path(__file__).parent, "listener.yaml")
    published.apply(machine, published.adapted(manifests, images))
    machine.roll_out(NAMESPACE, within=_DEADLINE)
    ready = ("wait", "--for=condition=Ready", f"--timeout={_DEADLINE}s", "trigger", NAME)
    machine.kubectl(f"--namespace={installations.NAMESPACE}", *ready)


def heard(journals: Journals) -> int:
    """How many events of sources and mirrors there were so far."""
    lines = (line.text for each in journals.of(NAMESPACE, NAME) for line in each.lines())
    return sum(text.strip().startswith("mirrorrole:") for text in lines)
