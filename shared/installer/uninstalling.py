"""Uninstalling: all that kn-mirror needed for itself goes, whichever overlay it came by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from installer import proofs
from installer.mirrors import remove_mirrors
from installer.overlays import known_objects
from installer.parts import CLUSTER_WIDE, LABEL, WORKING, namespaces, parts, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from installer.clusters import Cluster, Manifest

_DEADLINE: Final = "--timeout=300s"
_MIRRORS: Final = "kn-mirror.dev/role=mirror"
_OTHERS: Final = "kn-mirror.dev/role,kn-mirror.dev/role!=mirror"


def uninstall(cluster: Cluster, *, overlay: str, mirrors: bool, say: Callable[[str], None]) -> None:
    """Take away what is labelled as part of kn-mirror, and named by a manifest of an overlay.

    What wakes the functions goes before them, and what holds them to their rights after them.

    Args:
        cluster: where from.
        overlay: the folder of the user's own, if it names things otherwise; else empty.
        mirrors: whether mirrors go, too, and the labels of sources; else they stay as they are.
        say: is told what is done.

    Raises:
        InstallerError: something cannot be taken away.
    """
    cluster.require()
    objects = known_objects(cluster, overlay)
    proofs.clear(cluster)
    found = namespaces(cluster, objects)
    others = [f"namespace/{name}" for name in found.others]
    _remove_namespaces(cluster, found.own, say)
    others += _remove_cluster_wide(cluster, objects)
    say("There are no admission policies, ClusterRoles and ClusterRoleBindings of kn-mirror.")
    if others:
        say(
            f"What has the label {LABEL}, and a name that no overlay here gives, stays: "
            f"{', '.join(others)}. If it came by an overlay of yours, name its folder: OVERLAY=…"
        )
    if mirrors:
        _say_of_mirrors(remove_mirrors(cluster), say)
    else:
        _say_what_stays(cluster, say)


def _remove_namespaces(cluster: Cluster, names: Iterable[str], say: Callable[[str], None]) -> None:
    for name in names:
        say(f"Taking away namespace {name}, which takes a minute or two.")
        for kind in served(cluster, WORKING):
            cluster.kubectl(
                *("delete", kind.name, f"--selector={LABEL}", f"--namespace={name}", _DEADLINE)
            )
        cluster.kubectl("delete", "namespace", name, _DEADLINE)
        say(f"Namespace {name} is gone, with all that was in it, such as the key of hashes.")


def _remove_cluster_wide(cluster: Cluster, objects: Sequence[Manifest]) -> Iterator[str]:
    """Take away what is outside of namespaces; name what is not kn-mirror's for certain."""
    for kind in served(cluster, CLUSTER_WIDE):
        found = parts(cluster, kind, objects)
        if found.own:
            cluster.kubectl("delete", kind.name, *found.own, "--ignore-not-found", _DEADLINE)
        yield from (f"{kind.name}/{name}" for name in found.others)


def _say_of_mirrors(left: int, say: Callable[[str], None]) -> None:
    say("There are no mirrors, and sources and pull mirrors have no labels of kn-mirror.")
    if left:
        say(
            f"Secrets and ConfigMaps that were labelled as mirrors, and stay, since nothing proves "
            f"that kn-mirror made them: {left}."
        )


def _say_what_stays(cluster: Cluster, say: Callable[[str], None]) -> None:
    if count := _count(cluster, _OTHERS):
        say(
            "Sources and pull mirrors that keep the label kn-mirror.dev/role, which nothing heeds "
            f"any more: {count}."
        )
    if count := _count(cluster, _MIRRORS):
        say(
            f"Mirrors that stay, as Secrets and ConfigMaps like any other: {count}. If nobody uses "
            f"them: make uninstall CONTEXT={cluster.context} MIRRORS=delete"
        )


def _count(cluster: Cluster, selector: str) -> int:
    """Count objects without what is in them: of a table kubectl asks for the columns only."""
    listed = cluster.kubectl(
        *("get", "secrets,configmaps", "--all-namespaces", f"--selector={selector}"),
        *("--no-headers", "--ignore-not-found"),
    )
    return sum(bool(line.strip()) for line in listed.splitlines())
