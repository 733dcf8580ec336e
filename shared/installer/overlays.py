"""Overlays: what there is to install, and which of it the API server can take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from installer.errors import InstallerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from installer.clusters import Cluster, Manifest

PROJECT: Final = Path(__file__).parents[2]

_OVERLAYS: Final = PROJECT / "knative" / "overlays"
# The best first.
_CHOICE: Final = ("default", "drop-in")
_KNATIVE: Final = ".knative.dev/"

# Written as `make push` reads and completes it.
_KUSTOMIZATION: Final = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: ["{overlay}"]
images:
  - name: {name}
    newName: {new_name}
    newTag: "{new_tag}"
"""


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay, rendered.

    Args:
        name: as the user says it.
        folder: with its kustomization.
        objects: that it consists of.
    """

    name: str
    folder: Path
    objects: Sequence[Manifest]

    @property
    def namespace(self) -> Manifest:
        """The namespace that everything of it is in."""
        return next(each for each in self.objects if each["kind"] == "Namespace")

    @property
    def image(self) -> str:
        """The image of the functions, without tag or digest."""
        [name] = {
            container["image"].partition("@")[0].rpartition(":")[0]
            for each in self.objects
            if each["apiVersion"].startswith("serving.knative.dev/")
            for container in each["spec"]["template"]["spec"]["containers"]
        }
        return str(name)

    def missing(self, cluster: Cluster) -> list[str]:
        """Name the kinds that it needs and that a cluster does not serve."""
        needed = sorted({(each["apiVersion"], each["kind"]) for each in self.objects})
        return [f"{kind} ({of})" for of, kind in needed if kind not in cluster.served(of)]

    def write(self, folder: Path, image: str) -> None:
        """Write a kustomization of it in which the functions run another image.

        Args:
            folder: where to.
            image: with its tag.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name, _, tag = image.rpartition(":")
        text = _KUSTOMIZATION.format(
            overlay=os.path.relpath(self.folder, folder.resolve()),
            name=self.image,
            new_name=name,
            new_tag=tag,
        )
        (folder / "kustomization.yaml").write_text(text)


def chosen(cluster: Cluster, wanted: str) -> tuple[Overlay, str]:
    """Return the overlay that is to be installed, and why.

    Args:
        cluster: that has to take it.
        wanted: the name of one, or the folder of the user's own; empty where any will do.

    Raises:
        InstallerError: the cluster cannot take it.
    """
    version = cluster.version()
    if wanted:
        overlay = read(cluster, wanted)
        _refuse_missing(overlay, overlay.missing(cluster), version)
        return overlay, "as you say"
    first = read(cluster, _CHOICE[0])
    missing = first.missing(cluster)
    if not missing:
        return first, f"the API server ({version}) serves all that it needs"
    # The others need Knative, too.
    _refuse_missing(first, _of_knative(missing), version)
    second = read(cluster, _CHOICE[1])
    _refuse_missing(second, second.missing(cluster), version)
    return second, f"the API server ({version}) does not serve {', '.join(missing)}"


def read(cluster: Cluster, wanted: str) -> Overlay:
    """Render an overlay.

    Args:
        cluster: whose kubectl does it.
        wanted: the name of one, or the folder of the user's own.

    Raises:
        InstallerError: there is none.
    """
    folder = next(
        (
            each
            for each in (_OVERLAYS / wanted, Path(wanted))
            if (each / "kustomization.yaml").exists()
        ),
        None,
    )
    if folder is None:
        there = ", ".join(sorted(each.name for each in _OVERLAYS.iterdir()))
        raise InstallerError(
            f"There is no overlay {wanted!r}. There are {there}, or name the folder of your own."
        )
    objects = list(yaml.safe_load_all(cluster.kubectl("kustomize", str(folder))))
    return Overlay(wanted, folder.resolve(), objects)


def known_objects(cluster: Cluster, wanted: str = "") -> list[Manifest]:
    """Return the objects of all overlays, whichever is installed.

    Args:
        cluster: whose kubectl renders them.
        wanted: the user's own overlay besides, by its folder; empty for none.

    Raises:
        InstallerError: there is no such folder.
    """
    overlays = [*sorted(each.name for each in _OVERLAYS.iterdir()), *([wanted] if wanted else [])]
    return [each for name in overlays for each in read(cluster, name).objects]


def _of_knative(kinds: Iterable[str]) -> list[str]:
    return [each for each in kinds if _KNATIVE in each]


def _refuse_missing(overlay: Overlay, missing: Sequence[str], version: str) -> None:
    if not missing:
        return
    if knative := _of_knative(missing):
        raise InstallerError(
            f"The cluster has no {', '.join(knative)}. kn-mirror needs Knative Serving, with an "
            "ingress, and Eventing, with a Broker: https://knative.dev/docs/install/"
        )
    remedy = (
        "Kubernetes 1.30 is the first that does; upgrade it."
        if overlay.name == _CHOICE[1]
        else f"Upgrade Kubernetes, or take OVERLAY={_CHOICE[1]}."
    )
    raise InstallerError(
        f"Overlay {overlay.name} needs {', '.join(missing)}, which the API server ({version}) does "
        f"not serve. {remedy}"
    )
