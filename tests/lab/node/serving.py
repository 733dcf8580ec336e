"""Knative Serving on a machine, with Kourier and Envoy as its ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.node import published
from tests.lab.node.images import Image, libraries_of
from tests.lab.programs.catalogue import KOURIER, SERVING, kourier, serving
from tests.lab.programs.packages import installed

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAMS: Final = (
    *(serving(name) for name in ("activator", "autoscaler", "controller", "queue", "webhook")),
    kourier(),
)

NAMESPACES: Final = ("knative-serving", "kourier-system")


def envoy() -> Image:
    """Return the image of Envoy, which is no program of Go's."""
    program = installed("envoy") / "envoy" / "_bin" / "envoy"
    return Image(
        "dev.local/envoy:tests",
        program,
        # Where Kourier's manifest looks for it.
        folder="usr/local/bin",
        files=libraries_of(program),
    )


def manifests(images: Mapping[str, str]) -> list[published.Manifest]:
    """Return all that is to be applied, with the images of `PROGRAMS`."""
    return [*published.adapted(_serving(), images), *_kourier(images)]


def _serving() -> list[published.Manifest]:
    networking, caching = (
        SERVING.dependency(f"knative.dev/{name}") / "config" for name in ("networking", "caching")
    )
    found = [
        *published.read(SERVING.folder() / "config" / "core", "*.yaml", "*/*.yaml"),
        *published.read(networking, "*.yaml"),
        *published.read(caching, "*.yaml"),
    ]
    published.configure(
        found, "config-network", ingress_class="kourier.ingress.networking.knative.dev"
    )
    published.configure(
        found,
        "config-autoscaler",
        # The shortest that Serving takes.
        stable_window="6s",
        scale_to_zero_grace_period="6s",
    )
    return found


def _kourier(images: Mapping[str, str]) -> list[published.Manifest]:
    read = published.read(KOURIER.folder() / "config", "*.yaml")
    found = list(published.adapted(read, images))
    for manifest in found:
        if manifest["metadata"]["name"] == "3scale-kourier-gateway":
            manifest["spec"]["template"]["spec"]["containers"][0]["image"] = envoy().name
    return found
