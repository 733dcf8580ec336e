"""A listener on a machine: it writes to its log every event that kn-mirror's broker hands on."""

from __future__ import annotations

from datetime import datetime
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


def heard(journals: Journals, *, since: datetime) -> set[str]:
    """Name the events of sources and mirrors that adapters have told since then, by their ids.

    An event is of the time that its adapter gave it, whenever the listener was given it: a broker
    hands on what it holds long after others have come to rest, and may hand it on again.
    """
    found: set[str] = set()
    for journal in journals.of(NAMESPACE, NAME):
        name, told = "", since
        for line in journal.lines():
            attribute, _, value = line.text.strip().partition(": ")
            match attribute:
                case "id":
                    name = value
                case "time":
                    told = datetime.fromisoformat(value)
                case "mirrorrole" if told >= since:
                    found.add(name)
    return found
