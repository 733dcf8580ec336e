"""Knative's own manifests, as its Go modules hold them, and the images that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.lab.node.images import Image
from tests.lab.programs import Program, built

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.lab.node.machines import Machine
    from tests.lab.node.runtimes import Runtime

Manifest = dict[str, Any]

# What the others need to be there.
_FIRST: Final = frozenset({"Namespace", "CustomResourceDefinition"})


def read(folder: Path, *patterns: str) -> list[Manifest]:
    """Read the manifests in the files below `folder` that the patterns match, in that order."""
    files = [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    return [
        each for file in files for each in yaml.load_all(file.read_text(), yaml.CSafeLoader) if each
    ]


def load(runtime: Runtime, programs: Iterable[Program]) -> dict[str, str]:
    """Make images of programs; return their names by how manifests refer to the programs."""
    return {f"ko://{each.package}": runtime.add(_image(each)) for each in programs}


def adapted(manifests: Iterable[Manifest], images: Mapping[str, str]) -> Iterator[Manifest]:
    """Change manifests to what a node of two cores, without registry and metrics, can run."""
    for manifest in manifests:
        if manifest["kind"] != "HorizontalPodAutoscaler":
            found = _replaced(manifest, images)
            for container in containers(found):
                container.pop("resources", None)
            yield found


def containers(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the containers of a Deployment, and none of anything else."""
    if manifest["kind"] != "Deployment":
        return []
    found: list[dict[str, Any]] = manifest["spec"]["template"]["spec"]["containers"]
    return found


def configure(manifests: Iterable[Manifest], name: str, **settings: str) -> None:
    """Set keys of a ConfigMap among `manifests`; underscores stand for hyphens."""
    keys = {key.replace("_", "-"): value for key, value in settings.items()}
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"] == name:
            manifest.setdefault("data", {}).update(keys)
            return
    raise LookupError(f"there is no ConfigMap {name}")


def apply(machine: Machine, manifests: Iterable[Manifest]) -> None:
    """Apply manifests, definitions of kinds first, by the server's own merge: some are large."""
    manifests = list(manifests)
    definitions = [each for each in manifests if each["kind"] in _FIRST]
    if definitions:
        _apply(machine, definitions)
        machine.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    _apply(machine, [each for each in manifests if each["kind"] not in _FIRST])


def _apply(machine: Machine, manifests: list[Manifest]) -> None:
    file = machine.enclosure.folder / "manifests.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
    machine.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))


def _image(program: Program) -> Image:
    return Image(f"dev.local/{program.module.name}/{program.name}:tests", built(program))


def _replaced(part: Any, images: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _replaced(value, images) for key, value in part.items()}
    if isinstance(part, list):
        return [_replaced(item, images) for item in part]
    return images.get(part, part) if isinstance(part, str) else part
