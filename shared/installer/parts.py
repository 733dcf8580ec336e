"""What kn-mirror consists of on a cluster, whichever overlay it came by.

Its label is on all of it, and proves nothing: whoever may label a namespace could have that taken
for kn-mirror's. So what is found by the label has to have a name that a manifest gives, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from installer.overlays import known_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

_BINDING: Final = Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings")

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
    _BINDING,
    Kind(_RBAC, "ClusterRole", "clusterroles"),
)


def served(cluster: Cluster, kinds: Iterable[Kind]) -> list[Kind]:
    """Return those of some kinds that a cluster knows."""
    return [each for each in kinds if each.kind in cluster.served(each.api_version)]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is there that says that it is part of kn-mirror.

    Args:
        own: what a manifest names, too.
        others: the rest.
    """

    own: Sequence[str]
    others: Sequence[str]


def parts(cluster: Cluster, kind: Kind, objects: Iterable[Manifest]) -> Parts:
    """Find what is there of a kind that is in no namespace, beside the objects of manifests."""
    named = {each["metadata"]["name"] for each in objects if each["kind"] == kind.kind}
    return _parted(cluster.list(kind.name, f"--selector={LABEL}"), named)


def namespaces(cluster: Cluster, objects: Sequence[Manifest]) -> Parts:
    """Find the namespaces that kn-mirror is in: those that manifests name, or its bindings.

    Of one that has another name its bindings know, which nobody writes without the same rights.
    """
    named = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
    accounts = {each["metadata"]["name"] for each in objects if each["kind"] == "ServiceAccount"}
    bindings = {each["metadata"]["name"] for each in objects if each["kind"] == _BINDING.kind}
    named |= {
        who["namespace"]
        for each in cluster.list(_BINDING.name, f"--selector={LABEL}")
        if each["metadata"]["name"] in bindings
        for who in each.get("subjects") or ()
        if who["kind"] == "ServiceAccount" and who["name"] in accounts
    }
    return _parted(cluster.list("namespaces", f"--selector={LABEL}"), named)


def _parted(found: Iterable[Manifest], named: set[str]) -> Parts:
    there = [str(each["metadata"]["name"]) for each in found]
    own = [name for name in there if name in named]
    return Parts(own, [name for name in there if name not in named])


def left_over(cluster: Cluster, objects: Iterable[Manifest], namespace: str) -> Iterator[str]:
    """Name what is there of another overlay and is not among the objects of this one.

    Args:
        cluster: where.
        objects: of the overlay.
        namespace: kn-mirror's own.

    Yields:
        As kubectl names it: `pingsources.sources.knative.dev/resync`.
    """
    applied = {(each["kind"], each["metadata"]["name"]) for each in objects}
    labelled = [
        (kind, each["metadata"]["name"])
        for kind in served(cluster, (*WORKING, *CLUSTER_WIDE))
        for each in cluster.list(kind.name, f"--namespace={namespace}", f"--selector={LABEL}")
    ]
    more = [(kind, name) for kind, name in labelled if (kind.kind, name) not in applied]
    known = known_objects(cluster) if more else ()
    named = {(each["kind"], each["metadata"]["name"]) for each in known}
    yield from (f"{kind.name}/{name}" for kind, name in more if (kind.kind, name) in named)
