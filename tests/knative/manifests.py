"""The manifests of knative/, rendered as `kubectl apply -k` renders them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.clusters import Workbench

KNATIVE: Final = Path(__file__).parents[2] / "knative"
OVERLAYS: Final = sorted(path.name for path in (KNATIVE / "overlays").iterdir())

_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
_COLLECTIONS: Final = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Role": f"{_RBAC}/namespaces/{{}}/roles",
    "RoleBinding": f"{_RBAC}/namespaces/{{}}/rolebindings",
    "ClusterRole": f"{_RBAC}/clusterroles",
    "ClusterRoleBinding": f"{_RBAC}/clusterrolebindings",
    "MutatingAdmissionPolicy": f"{_ADMISSION}/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": f"{_ADMISSION}/mutatingadmissionpolicybindings",
    "ValidatingAdmissionPolicy": f"{_ADMISSION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{_ADMISSION}/validatingadmissionpolicybindings",
}


@cache
def rendered(overlay: str) -> tuple[dict[str, Any], ...]:
    """Return the objects of an overlay."""
    kubectl = shutil.which("kubectl")
    assert kubectl, "kubectl is not there, which renders the manifests. Install it."
    output = subprocess.run(  # noqa: S603 (no input from outside)
        [kubectl, "kustomize", str(KNATIVE / "overlays" / overlay)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(yaml.safe_load_all(output))


def of_kubernetes(overlay: str) -> list[dict[str, Any]]:
    """Return those that an API server takes without Knative, in the order that it needs."""
    order = list(_COLLECTIONS)
    found = [each for each in rendered(overlay) if each["kind"] in _COLLECTIONS]
    return sorted(found, key=lambda each: order.index(each["kind"]))


def apply(workbench: Workbench, manifests: Iterable[dict[str, Any]]) -> None:
    """Create objects."""
    for manifest in manifests:
        workbench.create(_collection(manifest), manifest)


def remove(workbench: Workbench, manifests: Iterable[dict[str, Any]]) -> None:
    """Delete objects again that are in no namespace, and are none."""
    for manifest in manifests:
        if manifest["kind"] == "Namespace" or "namespace" in manifest["metadata"]:
            continue
        path = f"{_collection(manifest)}/{manifest['metadata']['name']}"
        workbench.api.request("DELETE", path)


def _collection(manifest: dict[str, Any]) -> str:
    namespace = manifest["metadata"].get("namespace", "")
    return _COLLECTIONS[manifest["kind"]].format(namespace)
