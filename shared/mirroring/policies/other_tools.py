"""The labels and annotations by which other tools act on whatever carries them.

Reflector's owners never meet this, as it copies none. The table errs on the safe side: what is in
it can still be copied by its full name; where a tool takes what carries it for its own, only into
namespaces that say so. docs/copying.md shows it and says how it is kept.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, NamedTuple

from mirroring.objects.globs import Globs


class Tool(NamedTuple):
    """A tool that takes an object for its own, or for its business, by what is written on it.

    Args:
        name: of the tool.
        does: what it does with an object that carries any of `names`.
        names: of labels and annotations; `*` stands for any characters.
    """

    name: str
    does: str
    names: tuple[str, ...]


_DELETES: Final = "deletes what carries them and is not in what it applies"
_ORPHANS: Final = "deletes what carries them when the owner that they name is gone"
_COPIES: Final = "copies what carries them, and deletes copies whose original it misses"
_EXPIRES: Final = "deletes what carries them after a time"
_FILLS: Final = "writes into what carries them"
_ADOPTS: Final = "takes what carries them for its own, and rewrites or deletes it"
_TRUSTS: Final = "connects, or lets in, by what is in what carries them"

TOOLS: Final = (
    Tool("Argo CD", _DELETES, ("app.kubernetes.io/instance", "argocd.argoproj.io/*")),
    Tool("Flux", _DELETES, ("*.fluxcd.io/*", "fluxcd.io/*")),
    # By `owner` Helm finds the records of its releases, whatever their type is.
    Tool("Helm", _DELETES, ("helm.sh/*", "meta.helm.sh/*", "owner")),
    Tool("kubectl's apply sets", _DELETES, ("applyset.kubernetes.io/*",)),
    Tool(
        "cli-utils, kpt and Config Sync",
        _DELETES,
        (
            "*.cli-utils.sigs.k8s.io/*",
            "cli-utils.sigs.k8s.io/*",
            "client.lifecycle.config.k8s.io/*",
            "config.k8s.io/*",
            "configmanagement.gke.io/*",
            "configsync.gke.io/*",
            "internal.kpt.dev/*",
        ),
    ),
    Tool("kapp", _DELETES, ("kapp.k14s.io/*",)),
    Tool("Rancher and Fleet", _DELETES, ("*.cattle.io/*", "cattle.io/*")),
    Tool("Kubernetes' addon manager", _DELETES, ("addonmanager.kubernetes.io/*",)),
    Tool("Gardener", _ORPHANS, ("*.gardener.cloud/*", "gardener.cloud/*")),
    Tool("Elastic Cloud on Kubernetes", _ORPHANS, ("*.k8s.elastic.co/*",)),
    Tool("Operator Lifecycle Manager", _ORPHANS, ("olm.*", "operators.coreos.com/*")),
    Tool("Crossplane", _ORPHANS, ("*.crossplane.io/*", "crossplane.io/*")),
    Tool("KubeFed", _ORPHANS, ("kubefed.io/*",)),
    Tool("vcluster", _ORPHANS, ("vcluster.loft.sh/*",)),
    Tool("Strimzi", _ADOPTS, ("strimzi.io/*",)),
    Tool("External Secrets", _ADOPTS, ("*.external-secrets.io/*", "external-secrets.io/*")),
    Tool("Sealed Secrets", _ADOPTS, ("sealedsecrets.bitnami.com/*",)),
    Tool("Vault Secrets Operator", _ADOPTS, ("secrets.hashicorp.com/*",)),
    Tool("Secrets Store CSI driver", _ADOPTS, ("secrets-store.csi.k8s.io/*",)),
    Tool("Cluster API", _ADOPTS, ("*.cluster.x-k8s.io/*", "cluster.x-k8s.io/*")),
    Tool("Knative", _ADOPTS, ("*.knative.dev/*",)),
    Tool("Istio", _TRUSTS, ("istio/*",)),
    Tool("Jenkins", _TRUSTS, ("jenkins.io/*",)),
    Tool("Kong", _TRUSTS, ("konghq.com/*",)),
    Tool("Kyverno", _COPIES, ("*.kyverno.io/*", "kyverno.io/*")),
    Tool("Hierarchical Namespaces", _COPIES, ("*.hnc.x-k8s.io/*", "hnc.x-k8s.io/*")),
    Tool("Capsule", _COPIES, ("*.clastix.io/*", "*.projectcapsule.dev/*", "projectcapsule.dev/*")),
    Tool("kubernetes-replicator", _COPIES, ("replicator.v1.mittwald.de/*",)),
    Tool("Config Syncer (kubed)", _COPIES, ("kubed.appscode.com/*",)),
    Tool("secretgen-controller", _COPIES, ("secretgen.carvel.dev/*", "secretgen.k14s.io/*")),
    Tool("Velero", "saves, restores and leaves out by them", ("*.velero.io/*", "velero.io/*")),
    Tool("kube-janitor", _EXPIRES, ("janitor/*",)),
    Tool("k8s-ttl-controller", _EXPIRES, ("k8s-ttl-controller.twin.sh/*",)),
    Tool("OpenShift", _FILLS, ("*.openshift.io/*", "openshift.io/*")),
    Tool("Bank-Vaults", _FILLS, ("vault.security.banzaicloud.io/*",)),
    Tool("kubernetes-secret-generator", _FILLS, ("secret-generator.v1.mittwald.de/*",)),
    Tool(
        "Reloader", "restarts workloads", ("*.reloader.stakater.com/*", "reloader.stakater.com/*")
    ),
)

# What tools keep of a whole object, content included, in an annotation of it. The first three span
# what libraries let each operator put below a name of its own.
WHOLE_OBJECTS: Final = (
    "*/last-applied*",
    "*/last-handled*",
    "*/*-last-applied*",
    "kapp.k14s.io/original*",
    "kopf.zalando.org/*",
    "objectset.rio.cattle.io/applied*",
)


# When first asked for, as a start needs none of it.
@cache
def _globs(names: tuple[str, ...]) -> Globs:
    return Globs(names, any_one="")


_ACTED_UPON: Final = tuple(name for tool in TOOLS for name in tool.names)


@lru_cache(maxsize=1024)
def is_acted_upon(name: str) -> bool:
    """Whether some tool acts on what carries a label or annotation of this name."""
    return _globs(_ACTED_UPON).match(name)


TAKEN: Final = tuple(
    name
    for tool in TOOLS
    if tool.does in (_DELETES, _ORPHANS, _ADOPTS, _TRUSTS)
    for name in tool.names
)


@lru_cache(maxsize=1024)
def is_taken(name: str) -> bool:
    """Whether some tool takes what carries a label or annotation of this name for its own.

    It believes what it finds in it, as repositories, releases or accounts: whoever writes it there
    has its rights. Not who copies: such tools write names of theirs on objects of all kinds.
    """
    return _globs(TAKEN).match(name)


@lru_cache(maxsize=1024)
def holds_object(name: str) -> bool:
    """Whether some tool keeps a whole object, content included, in an annotation of this name."""
    return _globs(WHOLE_OBJECTS).match(name)
