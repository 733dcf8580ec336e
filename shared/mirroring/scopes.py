"""Scopes: how much of the cluster is looked at when a source is followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from mirroring.bookkeeping import is_pull_mirror
from mirroring.chains import coming_from
from mirroring.pulls import Pulled
from mirroring.vocabulary import ROLE, ROLE_PULL_MIRROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mirroring.cluster import Cluster
    from mirroring.limits import Side
    from mirroring.objects import Metadata, Namespace
    from mirroring.references import Ref

PULL_MIRRORS: Final = f"{ROLE}={ROLE_PULL_MIRROR}"


@dataclass(frozen=True, slots=True)
class Targets:
    """What may have to be written for a source.

    Args:
        namespaces: those that may need a mirror.
        existing: what has the mirror's name, by namespace.
        pulled: the pull mirrors that come from the source.
    """

    namespaces: Sequence[Namespace] = ()
    existing: Mapping[str, Metadata] = field(default_factory=dict)
    pulled: Sequence[Pulled] = ()

    def within(self, side: Side) -> Targets:
        """Leave out the namespaces that mirrors are not written in."""
        return Targets(
            [namespace for namespace in self.namespaces if side.permits(namespace.name)],
            {name: found for name, found in self.existing.items() if side.permits(name)},
            [each for each in self.pulled if side.permits(each.namespace.name)],
        )


class Scope(Protocol):
    """A part of the cluster."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do for a source where this was looked at."""

    def read(self, cluster: Cluster, source: Ref) -> Targets:
        """Read what of it concerns a source.

        Raises:
            ApiError: the cluster could not be read.
        """


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The whole cluster, in three lists."""

    is_whole: ClassVar = True

    def read(self, cluster: Cluster, source: Ref) -> Targets:
        """Read the namespaces, what has the source's name, and the pull mirrors."""
        named = cluster.list_metadata(source.kind, name=source.name)
        pulled = cluster.list_metadata(source.kind, selector=PULL_MIRRORS)
        namespaces = cluster.namespaces()
        return Targets(
            namespaces,
            {found.ref.namespace: found for found in named},
            in_their_namespaces(coming_from(source, pulled, named), namespaces),
        )


@dataclass(frozen=True, slots=True)
class InNamespace:
    """One namespace, and of it the mirror that has the source's name."""

    is_whole: ClassVar = False
    name: str

    def read(self, cluster: Cluster, source: Ref) -> Targets:
        """Read the mirror and the namespace."""
        found = cluster.metadata(source.in_namespace(self.name))
        namespace = cluster.namespace(self.name)
        return Targets(
            [namespace] if namespace else [],
            {self.name: found} if found else {},
        )


@dataclass(frozen=True, slots=True)
class OnlyPullMirror:
    """One pull mirror, as long as it names the source that it named when it was judged.

    Args:
        ref: the mirror.
        named: what its `reflects` says; the source, or the next link of a chain to it.
    """

    is_whole: ClassVar = False
    ref: Ref
    named: Ref

    def read(self, cluster: Cluster, source: Ref) -> Targets:  # noqa: ARG002 (it is judged already)
        """Read the mirror and its namespace."""
        found = cluster.metadata(self.ref)
        namespace = cluster.namespace(self.ref.namespace)
        if found is None or namespace is None or not is_pull_mirror(found, self.named):
            return Targets()
        return Targets(pulled=[Pulled(found, namespace)])


def in_their_namespaces(
    pulled: Iterable[Metadata], namespaces: Iterable[Namespace]
) -> list[Pulled]:
    """Put pull mirrors together with their namespaces; what has none any more is going."""
    by_name = {namespace.name: namespace for namespace in namespaces}
    return [
        Pulled(found, by_name[found.ref.namespace])
        for found in pulled
        if found.ref.namespace in by_name
    ]
