"""What kn-mirror consists of on a cluster, whichever overlay it came by: found by its label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from installer.clusters import Cluster, Manifest

LABEL: Final = "app.kubernetes.io/part-of=kn-mirror"


class Kind(NamedTuple):
    """A kind, as manifests and as kubectl name it.

    Args:
        api_version: as in `sources.knative.dev/v1`.
        kind: as in `PingSource`.
        plural: as in `pingsources`.
    """

    api_version: str
    kind: str
    plural: str

    @property
    def name(self) -> str:
        """As in `pingsources.sources.knative.dev`, which no other kind is called."""
        return f"{self.plural}.{self.api_version.partition('/')[0]}"


_SOURCES: Final = "sources.knative.dev/v1"
_EVENTING: Final = "eventing.knative.dev/v1"
_ADMISSION: Final = "admissionregistration.k8s.io/v1"
_RBAC: Final = "rbac.authorization.k8s.io/v1"

# All that has a condition `Ready`; what wakes the functions is before them.
WORKING: Final = (
    Kind(_SOURCES, "PingSource", "pingsources"),
    Kind(_SOURCES, "ApiServerSource", "apiserversources"),
    Kind(_EVENTING, "Trigger", "triggers"),
    Kind(_EVENTING, "Broker", "brokers"),
    Kind("serving.knative.dev/v1", "Service", "services"),
)
# Outside of its namespace.
CLUSTER_WIDE: Final = (
    Kind(_ADMISSION, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
    Kind(_ADMISSION, "MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
    Kind(_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
    Kind(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings"),
    Kind(_RBAC, "ClusterRole", "clusterroles"),
)


def served(cluster: Cluster, kinds: Iterable[Kind]) -> list[Kind]:
    """Return those of some kinds that a cluster knows."""
    return [each for each in kinds if each.kind in cluster.served(each.api_version)]


def namespaces(cluster: Cluster) -> list[str]:
    """Name the namespaces that kn-mirror is in: one, or none."""
    found = cluster.list("namespaces", f"--selector={LABEL}")
    return [str(each["metadata"]["name"]) for each in found]


def left_over(cluster: Cluster, objects: Iterable[Manifest]) -> Iterator[str]:
    """Name what is there of kn-mirror and is not among the objects of an overlay.

    Yields:
        As kubectl names it: `pingsources.sources.knative.dev/resync`.
    """
    applied = {(each["kind"], each["metadata"]["name"]) for each in objects}
    for kind in served(cluster, (*WORKING, *CLUSTER_WIDE)):
        for each in cluster.list(kind.name, "--all-namespaces", f"--selector={LABEL}"):
            name = each["metadata"]["name"]
            if (kind.kind, name) not in applied:
                yield f"{kind.name}/{name}"
