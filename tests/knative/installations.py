"""kn-mirror installed on a real control plane, as far as that knows without Knative's programs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.knative.manifests import FUNCTIONS, folder_of, policies_of
from tests.knative.probes import Probes, prepare
from tests.lab.api import Api
from tests.lab.clusters import Workbench, path_of
from tests.lab.dataplane.controllers import Broker
from tests.lab.waiting import eventually
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.controlplane import ControlPlane
    from tests.lab.kubectl import Kubectl

NAMESPACE: Final = "kn-mirror"
# How Flux applies.
AS_FLUX: Final = ("--server-side", "--force-conflicts", "--field-manager=kustomize-controller")
BROKER: Final = Broker(NAMESPACE, "kn-mirror")


def user_of(account: str) -> str:
    """What one of kn-mirror's accounts is called in the API server's audit log."""
    return f"system:serviceaccount:{NAMESPACE}:{account}"


USERS: Final = tuple(map(user_of, sorted(FUNCTIONS)))


@contextmanager
def installed(
    plane: ControlPlane,
    kubectl: Kubectl,
    overlay: str,
    *,
    folder: str = "",
    release: Path | None = None,
    namespace: str = NAMESPACE,
) -> Iterator[Workbench]:
    """Install an overlay, wait until its policies are in force, and take it away again.

    Args:
        plane: where; Knative's kinds are known there.
        kubectl: as its administrator.
        overlay: as in `default`.
        folder: of a kustomization that has made something else of it.
        release: all of it in one file, which is applied as Flux does it.
        namespace: that it is in then.
    """
    manifests = ("-f", str(release)) if release else ("-k", folder or folder_of(overlay))
    bench = Workbench(plane.api())
    prepare(bench.api)
    kubectl("apply", *(AS_FLUX if release else ()), *manifests)
    function = plane.api_of(token_of(bench, "on-resync", namespace=namespace))
    probes = Probes(plane.api(), function, plane.api("functions"), namespace=namespace)
    policies = [probes.of[name] for name in policies_of(overlay)]
    try:
        eventually(lambda: all(is_in_force() for is_in_force in policies), within=60)
        yield bench
    finally:
        # What there is no controller for goes at once; the namespace is not waited for.
        kubectl("delete", "--wait=false", *manifests)
        eventually(lambda: not any(is_in_force() for is_in_force in policies), within=60)
        bench.clear(elsewhere=MIRRORS)


def token_of(bench: Workbench, account: str, *, namespace: str = NAMESPACE) -> str:
    """Make a token of one of kn-mirror's accounts."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    return str(bench.create(path, {"spec": {}})["status"]["token"])


def delete_mirrors(bench: Workbench, *, keep: str, namespace: str = NAMESPACE) -> None:
    """Delete mirrors as kn-mirror does, which alone may where they are protected.

    Args:
        bench: the cluster.
        keep: a namespace that is not touched.
        namespace: that kn-mirror is in.
    """
    token = token_of(bench, "on-resync", namespace=namespace)
    api = Api(bench.api.url, token=token, ca_file=bench.api.ca_file)
    for kind in ("Secret", "ConfigMap"):
        for found in bench.objects(kind, labelSelector="kn-mirror.dev/role=mirror"):
            metadata = found["metadata"]
            if metadata["namespace"] != keep:
                api.request("DELETE", path_of(kind, metadata["namespace"], metadata["name"]))
