"""A control plane that is filled, with those who read and write it beside the functions."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mirroring.names import ROLE, ROLE_MIRROR
from tests.bench.bare import Bare, Request, serialized
from tests.bench.serving import served
from tests.lab.clusters import Workbench, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.bench.landscapes import Landscape
    from tests.bench.serving import Serving
    from tests.lab.controlplane import ControlPlane

_SECRETS: Final = path_of("Secret", "")
MIRRORS: Final = f"{_SECRETS}?{urlencode({'labelSelector': f'{ROLE}={ROLE_MIRROR}'})}"


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster to measure in.

    Args:
        plane: the control plane.
        landscape: what it is filled with.
        folder: for what the functions say.
        bare: the functions' account, without functions.
        admin: whoever fills the cluster, and breaks things in it.
    """

    plane: ControlPlane
    landscape: Landscape
    folder: Path
    bare: Bare
    admin: Bare

    @property
    def workbench(self) -> Workbench:
        """The cluster, in the words of tests."""
        return Workbench(self.plane.api())

    @contextmanager
    def serving(self, function: str, **environment: str) -> Iterator[Serving]:
        """Serve a function by a fresh process, which listens already."""
        app, kubeconfig = f"functions.{function}:app", self.plane.kubeconfig_for("functions")
        # What one process says is not taken for what another has said.
        folder = Path(mkdtemp(dir=self.folder))
        # The second that a resync waits for others to share it is no cost.
        settings = {"KN_MIRROR_RESYNC_DELAY": "0", **environment}
        with served(app, kubeconfig, folder, **settings) as serving:
            serving.process.await_listening()
            yield serving

    def mirrors(self, *, whole: bool = False) -> list[dict[str, Any]]:
        """Read the Secrets that are mirrors; of each the metadata alone unless wanted whole."""
        return list(self.admin.items(MIRRORS, whole=whole))

    def named(self, name: str, *, whole: bool = False) -> list[dict[str, Any]]:
        """Read the Secrets of a name, with the source."""
        query = urlencode({"fieldSelector": f"metadata.name={name}"})
        return list(self.admin.items(f"{_SECRETS}?{query}", whole=whole))

    def delete(self, found: Iterable[dict[str, Any]]) -> None:
        """Delete Secrets."""
        self.admin.send(
            [Request("DELETE", path_of("Secret", *_whereabouts(each))) for each in found]
        )


@contextmanager
def filled(plane: ControlPlane, landscape: Landscape, folder: Path) -> Iterator[Site]:
    """Fill a control plane that is empty."""
    site = Site(plane, landscape, folder, Bare(plane), Bare(plane, "admin"))
    try:
        site.admin.send(serialized(landscape.namespace_bodies()))
        site.admin.send(serialized(landscape.source_bodies()))
        site.admin.send(serialized(landscape.unrelated_bodies()))
        yield site
    finally:
        site.bare.close()
        site.admin.close()


def creation(found: dict[str, Any]) -> Request:
    """Make the request by which a mirror was created."""
    metadata = found["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations")}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": kept}
    body |= {"type": found["type"], "data": found["data"]}
    path = f"{path_of('Secret', metadata['namespace'])}?fieldManager=kn-mirror"
    return Request("POST", path, json.dumps(body).encode())


def _whereabouts(found: dict[str, Any]) -> tuple[str, str]:
    return found["metadata"]["namespace"], found["metadata"]["name"]
