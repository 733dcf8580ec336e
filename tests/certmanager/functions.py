"""kn-mirror's functions where it is installed, each as its own ServiceAccount."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.event_source import EventSource
from sandbox.triggers import Triggers, for_functions
from tests.audit_lines import read_audit
from tests.knative.installations import token_of
from tests.lab.clusters import Workbench
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.processes import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.lab.controlplane import ControlPlane
    from tests.processes import Served

_NAMES: Final = ("on_secret_update", "on_delete_cleanup", "on_namespace_create")


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions, fed by an event source."""

    served: Mapping[str, Served]

    def handled(self, namespace: str, name: str) -> list[dict[str, Any]]:
        """Return the audit lines of the events about one Secret's changes."""
        lines = read_audit(self.served["on_secret_update"].out.read_text())
        about = {"kind": "Secret", "namespace": namespace, "name": name}
        return [each for each in lines if each["audit"] == "event" and each["object"] == about]


@contextmanager
def functions(plane: ControlPlane, folder: Path) -> Iterator[Functions]:
    """Run the functions and the event source.

    It selects nothing, as that of the overlay `drop-in`: a function has to know by itself what does
    not concern it.
    """
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(served(name, _kubeconfig(plane, name, folder), folder))
            for name in _NAMES
        }
        triggers = Triggers(for_functions(**{name: each.url for name, each in found.items()}))
        stack.enter_context(EventSource(plane.kubeconfig, triggers.deliver))
        yield Functions(found)


def _kubeconfig(plane: ControlPlane, function: str, folder: Path) -> Path:
    account = function.replace("_", "-")
    path = folder / f"{account}.kubeconfig"
    token = token_of(Workbench(plane.api()), account)
    write_kubeconfig(path, url=plane.url, ca_file=plane.ca_file, user=account, token=token)
    return path
