"""The image of the functions: built by make, and brought to where the cluster finds it."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from installer.errors import InstallerError
from installer.overlays import PROJECT

if TYPE_CHECKING:
    from installer.clusters import Cluster

LOADERS: Final = ("kind", "minikube", "ctr")

# What Knative does not ask a registry about unless somebody has told it otherwise.
_UNRESOLVED: Final = "kind.local,ko.local,dev.local"
_SETTING: Final = "registries-skipping-tag-resolving"
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the image gets to a cluster.

    Args:
        builder: buildah, podman or docker, a command without its arguments.
        registry: where it is pushed to, as in `registry.example/team`; empty if it is loaded.
        loader: one of `LOADERS`, by which it is loaded onto the nodes.
        cluster_name: what kind or minikube calls the cluster; by the context's name unless given.
        ctr: the command of containerd on the node, as in `sudo k3s ctr`.
    """

    builder: str
    registry: str = ""
    loader: str = ""
    cluster_name: str = ""
    ctr: str = "ctr"

    def require(self, cluster: Cluster) -> None:
        """See that it can be done, before anything is.

        Raises:
            InstallerError: it cannot.
        """
        if bool(self.registry) == bool(self.loader) or self.loader not in {"", *LOADERS}:
            raise InstallerError(
                "Say how the image gets to the cluster: by REGISTRY=registry.example/team, which "
                f"its nodes can pull from, or by LOAD={'|'.join(LOADERS)}, which needs none."
            )
        if not self.builder:
            raise InstallerError(
                "There is no buildah, podman or docker on PATH to build the image. Install one of "
                "them, or name it: BUILDER=…"
            )
        if self.loader:
            self._require_loader()
            _require_unresolved(cluster, self._prefix)

    def _require_loader(self) -> None:
        program = shlex.split(self.ctr)[0] if self.loader == "ctr" else self.loader
        if not shutil.which(program):
            remedy = (
                " Name the command that reaches it: CTR='sudo k3s ctr'" if program == "ctr" else ""
            )
            raise InstallerError(f"There is no {program} on PATH to load the image.{remedy}")

    @property
    def image(self) -> str:
        """The image's name, whose tag changes with what is in it."""
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        return f"{self._prefix}/kn-mirror:{project['version']}-{fingerprint()}"

    @property
    def _prefix(self) -> str:
        if self.registry:
            return self.registry.rstrip("/")
        return "kind.local" if self.loader == "kind" else "dev.local"

    def push(self, folder: Path) -> None:
        """Build the image and push it; the kustomization in a folder comes to name its digest.

        Raises:
            InstallerError: it failed.
        """
        _make(
            "push",
            f"IMAGE={self.image}",
            f"DIGEST={folder / 'image.digest'}",
            f"KUSTOMIZATION={folder / 'kustomization.yaml'}",
        )

    def load(self, cluster: Cluster, folder: Path) -> None:
        """Build the image and load it onto the nodes, by way of a folder.

        Raises:
            InstallerError: it failed.
        """
        _make("image", f"IMAGE={self.image}")
        archive = folder / "image.tar"
        _run(*self._saving(archive))
        with archive.open("rb") as content:
            _run(*self._loading(cluster.context, archive), stdin=content.fileno())

    def _saving(self, archive: Path) -> list[str]:
        builder = shlex.split(self.builder)
        match Path(builder[0]).name:
            case "buildah":
                return [*builder, "push", self.image, f"docker-archive:{archive}:{self.image}"]
            case "podman":
                return [
                    *builder,
                    "save",
                    "--format=docker-archive",
                    f"--output={archive}",
                    self.image,
                ]
            case _:
                return [*builder, "save", "--output", str(archive), self.image]

    def _loading(self, context: str, archive: Path) -> list[str]:
        match self.loader:
            case "kind":
                name = self.cluster_name or context.removeprefix("kind-")
                return ["kind", "load", "image-archive", str(archive), "--name", name]
            case "minikube":
                name = self.cluster_name or context
                return ["minikube", "--profile", name, "image", "load", str(archive)]
            case _:
                return [*shlex.split(self.ctr), "--namespace=k8s.io", "images", "import", "-"]


def fingerprint() -> str:
    """Tell apart what images are built of."""
    made_of = hashlib.sha256()
    for path in sources():
        made_of.update(f"{path.relative_to(PROJECT)} {path.stat().st_size}\n".encode())
        made_of.update(path.read_bytes())
    return made_of.hexdigest()[:_DIGITS]


def sources() -> list[Path]:
    """Return the files that decide what is in the image, .dockerignore's choice among them."""
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    chosen = [PROJECT / line.removeprefix("!") for line in lines if line.startswith("!")]
    below = [path for place in chosen for path in place.rglob("*") if path.suffix != ".pyc"]
    own = [PROJECT / name for name in (".dockerignore", "Dockerfile", "Makefile")]
    return sorted(path for path in {*chosen, *below, *own} if path.is_file())


def _require_unresolved(cluster: Cluster, prefix: str) -> None:
    """Refuse a name of which Knative would ask a registry that is not there."""
    listed = cluster.kubectl(
        *("get", "configmap", "config-deployment", "--namespace=knative-serving"),
        *("--ignore-not-found", f"--output=jsonpath={{.data.{_SETTING}}}"),
    )
    names = listed.strip() or _UNRESOLVED
    if prefix not in {each.strip() for each in names.split(",")}:
        patch = shlex.quote(json.dumps({"data": {_SETTING: f"{names},{prefix}"}}))
        raise InstallerError(
            f"Knative would ask a registry for the image {prefix}/…, which is in none. Tell it not "
            f"to:\n  kubectl --context={shlex.quote(cluster.context)} patch configmap "
            f"config-deployment --namespace=knative-serving --type=merge --patch={patch}"
        )


def _make(goal: str, *variables: str) -> None:
    _run("make", "--no-print-directory", goal, *variables)


def _run(*command: str, stdin: int = subprocess.DEVNULL) -> None:
    done = subprocess.run(command, cwd=PROJECT, stdin=stdin, check=False)  # noqa: S603
    if done.returncode:
        raise InstallerError(f"`{shlex.join(command)}` failed; what it says is above.")
