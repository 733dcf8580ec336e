"""What was annotated before kn-mirror came: that it is found without anybody's doing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tests.changes import TO_APPS, withdraw
from tests.lab.clusters import Workbench
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.lab.node.machines import Machine

_SOURCE: Final = "early"
_TARGET: Final = "app-early"
_WITHIN: Final = 60


def annotate_before(machine: Machine) -> datetime:
    """Make a source, and a namespace for its mirror; return when, as exact as Kubernetes is."""
    bench = Workbench(machine.api)
    for name in (_SOURCE, _TARGET):
        bench.namespace(name)
    bench.secret(_SOURCE, "tls", {"key": "early"}, annotations=TO_APPS)
    return datetime.now(UTC).replace(microsecond=0)


def mirrored_after(bench: Workbench, begin: datetime) -> float | None:
    """Wait for the mirror, and return how many seconds after `begin` it was made; leave nothing."""

    def waited_for() -> bool:
        late = (datetime.now(UTC) - begin).total_seconds() > _WITHIN
        return late or bench.get("Secret", _TARGET, "tls") is not None

    eventually(waited_for, within=2 * _WITHIN)
    made = bench.get("Secret", _TARGET, "tls")
    withdraw(bench)
    for name in (_SOURCE, _TARGET):
        bench.delete_namespace(name)
    if made is None:
        return None
    at = datetime.fromisoformat(made["metadata"]["creationTimestamp"])
    return (at - begin).total_seconds()
