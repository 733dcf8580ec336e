"""What an installation of cert-manager consists of, besides the program: of its own module.

The module has no finished manifests, only the Helm chart's. Its definitions are YAML as they are;
of its rights the rules are, which hold no placeholder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.lab.programs.catalogue import CERT_MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NAMESPACE: Final = "cert-manager"
ACCOUNT: Final = "cert-manager"

_RBAC: Final = "rbac.authorization.k8s.io"
# The last is for Ingresses, and the only one that lets CertificateRequests be made.
_ROLES: Final = ("issuers", "clusterissuers", "certificates", "ingress-shim")


def definitions() -> Iterator[dict[str, Any]]:
    """Return the CustomResourceDefinitions."""
    for path in sorted((_module() / "deploy" / "crds").glob("crd-*.yaml")):
        found = yaml.safe_load(path.read_text())
        # Else there are placeholders.
        found["metadata"] = {"name": found["metadata"]["name"]}
        yield found


def namespace() -> dict[str, Any]:
    """Return the namespace that the controllers run in, and ClusterIssuers keep their Secrets."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def account() -> dict[str, Any]:
    """Return the ServiceAccount that the controllers are."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": ACCOUNT, "namespace": NAMESPACE},
    }


def resource(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return an object of one of cert-manager's own kinds."""
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


def rights() -> Iterator[dict[str, Any]]:
    """Return the ClusterRoles of the controllers, and who has them."""
    chart = _module() / "deploy" / "charts" / "cert-manager" / "templates" / "rbac.yaml"
    parts = re.split(r"^---$", chart.read_text(), flags=re.MULTILINE)
    for controller in _ROLES:
        name = f"cert-manager-controller-{controller}"
        yield {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": _rules(parts, controller),
        }
        yield {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
        }


def _rules(parts: list[str], controller: str) -> Any:
    role = rf"^kind: ClusterRole$.*-controller-{controller}$"
    (part,) = (each for each in parts if re.search(role, each, re.MULTILINE | re.DOTALL))
    return yaml.safe_load(part[part.index("\nrules:") :])["rules"]


def _module() -> Path:
    return CERT_MANAGER.dependency(CERT_MANAGER.named_after)
