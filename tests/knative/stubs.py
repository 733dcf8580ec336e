"""Pull mirrors whose manifests are applied again and again, by whom, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from tests.conformance.clusters import ALLOWED, reflects
from tests.lab.clusters import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conformance.clusters import Cluster

EDITED: Final = "kn-mirror.dev/edited"


class Stub(NamedTuple):
    """What a manifest holds, and what the source of its pull mirror does."""

    holds: Mapping[str, str]
    content: Mapping[str, str]
    type: str = "Opaque"
    reflected_version: str | None = None

    def manifest(self, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
        """Return the manifest of a pull mirror in namespace `dev`."""
        annotations = reflects(f"prod/{name}")
        if self.reflected_version is not None:
            annotations |= reflects(f"prod/{name}", reflected_version=self.reflected_version)
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": "dev",
                "annotations": annotations,
                "labels": dict(labels),
            },
            "type": self.type,
            "data": {key: encode(value) for key, value in self.holds.items()},
        }


TLS: Final = Stub(
    {"tls.crt": "", "tls.key": ""}, {"tls.crt": "cert", "tls.key": "key"}, "kubernetes.io/tls"
)
STUBS: Final[Mapping[str, Stub]] = {
    "pair": TLS,
    "pair-of-more": TLS._replace(content={**TLS.content, "ca.crt": "ca"}),
    "pair-filled-anew": TLS._replace(reflected_version=""),
    "registry": Stub(
        {".dockerconfigjson": "{}"},
        {".dockerconfigjson": '{"auths":{"a":{}}}'},
        "kubernetes.io/dockerconfigjson",
    ),
    "word": Stub({"password": "changeme"}, {"password": "one"}),
    "nothing": Stub({}, {"password": "one"}),
}
FULL: Final = {name: stub.content for name, stub in STUBS.items()}

# How tools write a manifest, unless told otherwise.
_SERVER_SIDE: Final = ("apply", "--server-side")
_FORCED: Final = (*_SERVER_SIDE, "--force-conflicts")
TOOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubectl apply": ("apply",),
    "kubectl apply --server-side": _SERVER_SIDE,
    "kubectl replace": ("replace", "--force=false"),
    "Flux": (*_FORCED, "--field-manager=kustomize-controller"),
    "Argo CD": (*_FORCED, "--field-manager=argocd-controller"),
}


class Team:
    """A team whose manifests of pull mirrors in `dev` are applied again and again.

    Args:
        cluster: with kn-mirror at work.
        kubectl: as the team.
        folder: for the manifests.
        is_told: whether kn-mirror is told of whatever is written, as in overlay `drop-in`, or of
            what the API server labels as edited.
    """

    def __init__(
        self, cluster: Cluster, kubectl: Callable[..., str], folder: Path, *, is_told: bool
    ) -> None:
        self.cluster = cluster
        self._kubectl = kubectl
        self._folder = folder
        self._is_told = is_told
        self._names: list[str] = []

    def declare(self, tool: str, *names: str) -> None:
        """Have a tool declare some, of sources that are there, and let them be filled."""
        self._names = list(names or STUBS)
        stubs = {name: STUBS[name] for name in self._names}
        for name, stub in stubs.items():
            self.cluster.write(f"prod/{name}", stub.content, ALLOWED, type=stub.type)
        self._apply("create" if tool == "kubectl replace" else tool, stubs)
        self.follow()
        assert self.held() == {name: stub.content for name, stub in stubs.items()}

    def apply(
        self, tool: str, stubs: Mapping[str, Stub] = STUBS, **labels: str
    ) -> dict[str, object]:
        """Have a tool apply manifests again, and return what is held before kn-mirror is told."""
        self._apply(tool, stubs, **labels)
        return self.held()

    def _apply(self, tool: str, stubs: Mapping[str, Stub], **labels: str) -> None:
        place = self._folder / "manifests.yaml"
        manifests = [stub.manifest(name, labels) for name, stub in stubs.items()]
        place.write_text(yaml.safe_dump_all(manifests))
        self._kubectl(*TOOLS.get(tool, (tool,)), "-f", str(place))

    def follow(self) -> list[str]:
        """Let kn-mirror know of what there is to know, and return of what it was told."""
        told = [name for name in self._names if self._is_told or EDITED in self.labels(name)]
        for name in told:
            tell(self.cluster, f"dev/{name}", own_writes=self._is_told)
        return told

    def held(self) -> dict[str, object]:
        """Return what each of them holds."""
        return {name: self.cluster.data(f"dev/{name}") for name in self._names}

    def labels(self, name: str) -> dict[str, str]:
        """Return the labels of one."""
        return dict(self.cluster.metadata(f"dev/{name}").get("labels", {}))


def tell(cluster: Cluster, path: str, *, own_writes: bool) -> None:
    """Tell kn-mirror of a change and, where it is told of everything, of what it writes itself."""
    if own_writes:
        cluster.happened(path)
    else:
        cluster.handler.reconcile(*path.split("/"))
