"""Knative Serving on a machine, with Kourier and Envoy as its ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.node import published
from tests.node.images import Image, libraries_of
from tests.programs.catalogue import KOURIER, SERVING, kourier, serving
from tests.programs.packages import installed

if TYPE_CHECKING:
    from tests.node.machines import Machine

PROGRAMS: Final = (
    *(serving(name) for name in ("activator", "autoscaler", "controller", "queue", "webhook")),
    kourier(),
)

_DEADLINE: Final = 180


def install(machine: Machine) -> None:
    """Install Serving, and wait until it is at work."""
    images = published.load(machine.runtime, PROGRAMS)
    envoy = machine.runtime.add(_envoy())
    published.apply(machine, [*published.adapted(_serving(), images), *_kourier(images, envoy)])
    for namespace in ("knative-serving", "kourier-system"):
        machine.roll_out(namespace, within=_DEADLINE)


def _serving() -> list[published.Manifest]:
    networking, caching = (
        SERVING.dependency(f"knative.dev/{name}") / "config" for name in ("networking", "caching")
    )
    manifests = [
        *published.read(SERVING.folder() / "config" / "core", "*.yaml", "*/*.yaml"),
        *published.read(networking, "*.yaml"),
        *published.read(caching, "*.yaml"),
    ]
    published.configure(
        manifests, "config-network", ingress_class="kourier.ingress.networking.knative.dev"
    )
    published.configure(
        manifests,
        "config-deployment",
        # What is on the node already needs no registry to say what it is.
        registries_skipping_tag_resolving="dev.local,ghcr.io",
    )
    published.configure(
        manifests,
        "config-autoscaler",
        # The shortest that Serving takes.
        stable_window="6s",
        scale_to_zero_grace_period="6s",
    )
    return manifests


def _kourier(images: dict[str, str], envoy: str) -> list[published.Manifest]:
    manifests = published.read(KOURIER.folder() / "config", "*.yaml")
    found = list(published.adapted(manifests, images))
    for manifest in found:
        if manifest["metadata"]["name"] == "3scale-kourier-gateway":
            manifest["spec"]["template"]["spec"]["containers"][0]["image"] = envoy
    return found


def _envoy() -> Image:
    program = installed("envoy") / "envoy" / "_bin" / "envoy"
    return Image(
        "dev.local/envoy:tests",
        program,
        # Where Kourier's manifest looks for it.
        folder="usr/local/bin",
        files=libraries_of(program),
    )
