"""Uninstalling: all that kn-mirror needed for itself goes, whichever overlay it came by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from installer import proofs
from installer.parts import CLUSTER_WIDE, LABEL, WORKING, namespaces, served

if TYPE_CHECKING:
    from collections.abc import Callable

    from installer.clusters import Cluster

_OURS: Final = f"--selector={LABEL}"
_DEADLINE: Final = "--timeout=300s"
_MIRRORS: Final = "--selector=kn-mirror.dev/role=mirror"


def uninstall(cluster: Cluster, *, mirrors: bool, say: Callable[[str], None]) -> None:
    """Take away what is labelled as part of kn-mirror.

    What wakes the functions goes before them, and what holds them to their rights after them.

    Args:
        cluster: where from.
        mirrors: whether mirrors go, too, and the labels of sources; else they stay as they are.
        say: is told what is done.

    Raises:
        InstallerError: something cannot be taken away.
    """
    cluster.require()
    proofs.clear(cluster)
    for name in namespaces(cluster):
        for kind in served(cluster, WORKING):
            cluster.kubectl("delete", kind.name, _OURS, f"--namespace={name}", _DEADLINE)
        cluster.kubectl("delete", "namespace", name, _DEADLINE)
        say(f"Namespace {name} is gone, with all that was in it.")
    for kind in served(cluster, CLUSTER_WIDE):
        cluster.kubectl("delete", kind.name, _OURS, _DEADLINE)
    say("There are no admission policies, ClusterRoles and ClusterRoleBindings of kn-mirror.")
    if mirrors:
        _remove_mirrors(cluster)
        say("There are no mirrors, and sources and pull mirrors have no labels of kn-mirror.")
    elif count := _count_mirrors(cluster):
        say(
            f"Mirrors that stay, as Secrets and ConfigMaps like any other: {count}. If nobody uses "
            f"them: make uninstall CONTEXT={cluster.context} MIRRORS=delete"
        )


def _count_mirrors(cluster: Cluster) -> int:
    """Count them without what is in them: of a table kubectl asks for the columns only."""
    listed = cluster.kubectl("get", *_everywhere(_MIRRORS), "--no-headers", "--ignore-not-found")
    return sum(bool(line.strip()) for line in listed.splitlines())


def _remove_mirrors(cluster: Cluster) -> None:
    cluster.kubectl("delete", *_everywhere(_MIRRORS))
    labels = ("kn-mirror.dev/role-", "kn-mirror.dev/edited-")
    cluster.kubectl("label", *_everywhere("--selector=kn-mirror.dev/role"), *labels)


def _everywhere(selector: str) -> tuple[str, ...]:
    return ("secrets,configmaps", "--all-namespaces", selector)
