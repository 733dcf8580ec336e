"""Knative Eventing on a machine: its sources, its broker and its channels in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab.node import published
from tests.lab.programs.catalogue import EVENTING, eventing

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAMS: Final = tuple(
    eventing(name)
    for name in (
        "apiserver_receive_adapter",
        "broker/filter",
        "broker/ingress",
        "controller",
        "in_memory/channel_controller",
        "in_memory/channel_dispatcher",
        "mtchannel_broker",
        "mtping",
        "webhook",
    )
)

# Programs of Eventing that are of no use where nobody calls them.
_LEFT_OUT: Final = frozenset({"job-sink", "request-reply"})

NAMESPACES: Final = ("knative-eventing",)


def manifests(images: Mapping[str, str]) -> list[published.Manifest]:
    """Return all that is to be applied, with the images of `PROGRAMS`."""
    found = list(published.adapted(_published(), images))
    return [*found, *_config_maps_missed_by(found)]


def _published() -> list[published.Manifest]:
    configuration = EVENTING.folder() / "config"
    parts = ("core", "brokers/mt-channel-broker", "channels/in-memory-channel")
    found = [
        manifest
        for part in parts
        for manifest in published.read(configuration / part, "*.yaml", "*/*.yaml")
    ]
    return [each for each in found if each["metadata"]["name"] not in _LEFT_OUT]


def _config_maps_missed_by(manifests: list[published.Manifest]) -> list[published.Manifest]:
    """Return ConfigMaps that deployments refer to and that the module does not hold.

    They name images of kinds that nobody makes here, so any name will do.
    """
    there = {_name(each) for each in manifests if each["kind"] == "ConfigMap"}
    needed: dict[tuple[str, str], dict[str, str]] = {}
    for manifest in manifests:
        for reference in _references(manifest):
            name = (manifest["metadata"]["namespace"], reference["name"])
            if name not in there and not reference.get("optional"):
                needed.setdefault(name, {})[reference["key"]] = "none"
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"namespace": namespace, "name": name},
            "data": data,
        }
        for (namespace, name), data in needed.items()
    ]


def _references(manifest: published.Manifest) -> list[dict[str, Any]]:
    """Return a Deployment's references to keys of ConfigMaps."""
    variables = [
        variable
        for container in published.containers(manifest)
        for variable in container.get("env", ())
    ]
    sources = [variable.get("valueFrom", {}).get("configMapKeyRef") for variable in variables]
    return [source for source in sources if source]


def _name(manifest: published.Manifest) -> tuple[str, str]:
    metadata = manifest["metadata"]
    return (metadata["namespace"], metadata["name"])
