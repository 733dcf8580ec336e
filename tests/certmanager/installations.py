"""cert-manager on a control plane, at work with the rights that its own chart gives it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.certmanager import manifests
from tests.lab.clusters import Workbench
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.programs import built
from tests.lab.programs.catalogue import cert_manager
from tests.lab.programs.processes import started
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.api import Api
    from tests.lab.controlplane import ControlPlane
    from tests.lab.programs.processes import Process

SELF_SIGNED: Final = "selfsigned"

_DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_ACCOUNTS: Final = f"/api/v1/namespaces/{manifests.NAMESPACE}/serviceaccounts"
_ISSUERS: Final = "/apis/cert-manager.io/v1/clusterissuers"


def install(plane: ControlPlane) -> None:
    """Write what the controllers need, and an issuer once the API server knows of such."""
    api = plane.api()
    workbench = Workbench(api)
    workbench.namespace(manifests.NAMESPACE)
    workbench.create(_ACCOUNTS, manifests.account())
    for each in manifests.rights():
        workbench.create(f"{_RBAC}/{each['kind'].lower()}s", each)
    for each in manifests.definitions():
        workbench.create(_DEFINITIONS, each)
        path = f"{_DEFINITIONS}/{each['metadata']['name']}"
        eventually(partial(is_so, api, path, "Established"))
    issuer = manifests.resource("ClusterIssuer", SELF_SIGNED, {"selfSigned": {}})
    eventually(lambda: api.request("POST", _ISSUERS, issuer))


@contextmanager
def controllers(plane: ControlPlane, folder: Path, *flags: str) -> Iterator[Process]:
    """Run the controllers where they are installed, as their ServiceAccount.

    Args:
        plane: where `install` was done.
        folder: for their log and kubeconfig.
        flags: of the program.
    """
    kubeconfig = folder / "cert-manager.kubeconfig"
    made = plane.api().request("POST", f"{_ACCOUNTS}/{manifests.ACCOUNT}/token", {"spec": {}})
    write_kubeconfig(
        kubeconfig,
        url=plane.url,
        ca_file=plane.ca_file,
        user=manifests.ACCOUNT,
        token=made.body["status"]["token"],
    )
    api = plane.api()
    program = built(cert_manager())
    with started(program, f"--kubeconfig={kubeconfig}", *flags, folder=folder) as process:
        issuer = f"{_ISSUERS}/{SELF_SIGNED}"
        process.await_condition(lambda: is_so(api, issuer, "Ready"), within=60)
        yield process


def is_so(api: Api, path: str, condition: str) -> bool:
    """Whether the object at `path` has a condition in its status that is true."""
    conditions = api.request("GET", path).body.get("status", {}).get("conditions") or ()
    return (condition, "True") in {(each["type"], each["status"]) for each in conditions}
