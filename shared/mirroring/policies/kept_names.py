"""Names that no mirror has: what Kubernetes keeps in every namespace, and kn-mirror in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.references import Kind

_EVERYWHERE: Final = "keeps one in every namespace"
# By kind: in the first is what pods believe of the cluster, in the last what kn-mirror's own do.
_KEPT: Final[Mapping[tuple[str, str], str]] = {
    ("ConfigMap", "kube-root-ca.crt"): f"Kubernetes {_EVERYWHERE}",
    ("ConfigMap", "openshift-service-ca.crt"): f"OpenShift {_EVERYWHERE}",
    ("ConfigMap", "istio-ca-root-cert"): f"Istio {_EVERYWHERE}",
    ("Secret", "kn-mirror-content-hash"): "kn-mirror signs hashes with the keys in its own",
}


def kept_because(kind: Kind, name: str) -> str:
    """Say why no mirror may have a name; empty where it may."""
    because = _KEPT.get((kind.name, name), "")
    return because and f"{kind} {name} is never a mirror: {because}"
