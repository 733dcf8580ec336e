"""Names that Kubernetes, and what is built on it, keeps in every namespace: no mirror has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.references import Ref

# By kind; what pods believe of the cluster is in each of them.
_KEPT: Final[Mapping[tuple[str, str], str]] = {
    ("ConfigMap", "kube-root-ca.crt"): "Kubernetes",
    ("ConfigMap", "openshift-service-ca.crt"): "OpenShift",
    ("ConfigMap", "istio-ca-root-cert"): "Istio",
}


def kept_because(place: Ref) -> str:
    """Say by whom a name is kept in every namespace; empty where anybody may have it."""
    keeper = _KEPT.get((place.kind.name, place.name))
    if not keeper:
        return ""
    return f"{place.kind} {place.name} is never a mirror: {keeper} keeps one in every namespace"
