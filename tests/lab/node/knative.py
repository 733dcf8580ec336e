"""Knative on a machine: Serving with its ingress, and Eventing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.node import eventing, published, serving

if TYPE_CHECKING:
    from tests.lab.figures import Figures
    from tests.lab.node.machines import Machine

PROGRAMS: Final = (*serving.PROGRAMS, *eventing.PROGRAMS)

_DEADLINE: Final = 180


def install(machine: Machine, figures: Figures) -> None:
    """Install all of it, and wait until it is at work."""
    with figures.timed("Knative's images loaded"):
        images = published.load(machine.runtime, PROGRAMS)
        machine.runtime.add(serving.envoy())
    with figures.timed("Knative ready"):
        manifests = [*serving.manifests(images), *eventing.manifests(images)]
        published.apply(machine, manifests)
        for namespace in (*serving.NAMESPACES, *eventing.NAMESPACES):
            machine.roll_out(namespace, within=_DEADLINE)
