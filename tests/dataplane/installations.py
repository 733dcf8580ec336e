"""kn-mirror on Knative's data plane, installed as its documents say."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tests.accounts import USERS
from tests.audit_lines import OF_AN_EVENT, read_audit
from tests.knative.installations import BROKER, token_of
from tests.knative.installations import installed as applied
from tests.knative.manifests import FUNCTIONS, policies_of
from tests.knative.ticks import NEVER, schedule
from tests.lab.controlplane import find_programs, running
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.dataplane.adapters import running_adapters
from tests.lab.dataplane.controllers import connect
from tests.lab.dataplane.definitions import definitions, establish
from tests.lab.dataplane.deployments import MANY_NAMESPACES
from tests.lab.dataplane.parts import configure, running_parts
from tests.lab.kubectl import Kubectl
from tests.lab.waiting import eventually, quiet
from tests.processes import served
from tests.receivers import forwarding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.lab.dataplane.adapters import Adapter
    from tests.lab.dataplane.parts import Parts
    from tests.lab.figures import Figures
    from tests.processes import Served
    from tests.receivers import Receiver

_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """kn-mirror, Knative's data plane, and all that they leave.

    Args:
        plane: the control plane.
        workbench: the cluster in the tests' hands.
        parts: Knative's programs between adapters and functions.
        adapters: by the name of their ApiServerSource.
        functions: by name.
        doors: what stands before each function and remembers every event that came there.
        folder: with the logs of all of them.
    """

    plane: ControlPlane
    workbench: Workbench
    parts: Parts
    adapters: Mapping[str, Adapter]
    functions: Mapping[str, Served]
    doors: Mapping[str, Receiver]
    folder: Path = field(repr=False)

    def delivered(self, *, since: datetime = _EVER) -> dict[str, int]:
        """How many events that were told since then came to each function.

        A broker may hand on what it holds long after all seems quiet, and hand it on again, so an
        event is of the time that its adapter gave it, and counts once.
        """
        return {
            name: len({each["ce-id"] for each in door.headers if _told(each) >= since})
            for name, door in self.doors.items()
        }

    def audit(self, function: str, *, after: int = 0) -> list[dict[str, Any]]:
        """Return what a function told of events, without the first lines."""
        lines = read_audit(self.functions[function].out.read_text())
        return [line for line in lines if line["audit"] == "event"][after:]

    @contextmanager
    def awaiting(self, function: str, count: int) -> Iterator[None]:
        """Wait, when the context ends, until a function has taken as many more events."""
        accepted = self.doors[function].accepted
        before = len(accepted)
        yield
        eventually(lambda: len(accepted) >= before + count, within=60)

    def rest(self, *, for_: float = 1.5) -> None:
        """Wait until nothing is on its way: no event comes any more, and all have been taken."""

        def count() -> int | None:
            busy = self._refused() or any(door.is_waited_for for door in self.doors.values())
            return None if busy else sum(self.delivered().values()) + self._handled()

        quiet(count, for_=for_)

    def _refused(self) -> set[str]:
        """Name the events that come again: where there was no room, or as a dead letter."""
        refused = set().union(*(door.refused for door in self.doors.values()))
        return refused - self.doors["on-resync"].accepted

    def _handled(self) -> int:
        """How many events have their audit line; those are only read whole when they are used."""
        return sum(each.out.read_text().count(OF_AN_EVENT) for each in self.functions.values())

    def hold_audit_to_its_schema(self) -> None:
        """Read every audit line of every function as tests of the schema do."""
        for each in self.functions.values():
            read_audit(each.out.read_text())

    def collected(self) -> dict[str, bytes]:
        """Return all that could be read by somebody who may not read Secrets."""
        written = [*self.folder.glob("*.log"), *self.plane.folder.glob("*.log")]
        written += [path for each in self.functions.values() for path in (each.out, each.err)]
        found = {path.name: path.read_bytes() for path in written}
        for name, door in self.doors.items():
            found[f"events for {name}"] = repr(door.headers).encode() + b"\n".join(door.bodies)
        events = self.plane.api().request("GET", "/api/v1/events")
        return found | {"Kubernetes Events": repr(events.body).encode()}


@contextmanager
def installed(folder: Path, overlay: str, figures: Figures) -> Iterator[Installation]:
    """Run everything until the context ends, on a control plane of its own.

    Args:
        folder: for what is written.
        overlay: as in `default`.
        figures: takes the times.
    """
    with ExitStack() as stack:
        with figures.timed("control plane ready"):
            plane = stack.enter_context(running(find_programs(), USERS))
        with figures.timed("Knative's kinds known"):
            establish(plane.api(), definitions())
            configure(plane.api())
        with figures.timed(f"overlay {overlay} applied, its policies in force"):
            kubectl = Kubectl(plane.kubeconfig, folder / "kubectl")
            bench = stack.enter_context(applied(plane, kubectl, overlay))
        schedule(plane.api(), NEVER)
        with figures.timed("functions listening"):
            functions = {
                name: stack.enter_context(_function(name, plane, bench, folder))
                for name in FUNCTIONS
            }
        doors = {
            name: stack.enter_context(forwarding(found.url)) for name, found in functions.items()
        }
        with figures.timed("broker, channel and PingSource running"):
            parts = stack.enter_context(running_parts(plane.kubeconfig, folder))
            connect(plane.api(), parts, BROKER, {name: door.url for name, door in doors.items()})
        with figures.timed("adapters watching"):
            namespaces = _namespaces(bench, overlay)
            adapters = stack.enter_context(
                running_adapters(plane, parts, BROKER, folder, namespaces)
            )
            eventually(lambda: all(each.watches for each in adapters.values()), within=60)
        installation = Installation(plane, bench, parts, adapters, functions, doors, folder)
        installation.rest()
        yield installation


def _told(headers: Mapping[str, str]) -> datetime:
    """When an adapter told of an event."""
    return datetime.fromisoformat(headers["ce-time"])


def _namespaces(bench: Workbench, overlay: str) -> list[str]:
    """Name the namespaces that there are, and many more where that harms no adapter."""
    if "kn-mirror-steady" in policies_of(overlay):
        return MANY_NAMESPACES
    return [each["metadata"]["name"] for each in bench.objects("Namespace")]


@contextmanager
def _function(name: str, plane: ControlPlane, bench: Workbench, folder: Path) -> Iterator[Served]:
    """Serve a function as its Knative Service does, with the rights of its own account."""
    kubeconfig = folder / f"{name}.kubeconfig"
    token = token_of(bench, name)
    write_kubeconfig(kubeconfig, url=plane.url, ca_file=plane.ca_file, user=name, token=token)
    module = name.replace("-", "_")
    with served(module, kubeconfig, folder, KN_MIRROR_RESYNC_DELAY="1") as found:
        yield found
