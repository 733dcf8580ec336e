"""Scopes: how much of the cluster is looked at when a source is followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from mirroring.names import ROLE, ROLE_MIRROR, ROLE_PULL_MIRROR, SOURCE
from mirroring.objects.references import Ref
from mirroring.ownership.chains import coming_from
from mirroring.ownership.records import is_pull_mirror, source_label
from mirroring.planning.pulls import Pulled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mirroring.cluster.clients import Cluster
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.policies.limits import Side

PULL_MIRRORS: Final = f"{ROLE}={ROLE_PULL_MIRROR}"


@dataclass(frozen=True, slots=True)
class Targets:
    """What may have to be written for a source.

    Args:
        namespaces: those that may need a mirror.
        existing: what has the mirror's name, by namespace.
        strays: mirrors that have another name.
        pulled: the pull mirrors that come from the source.
    """

    namespaces: Sequence[Namespace] = ()
    existing: Mapping[str, Metadata] = field(default_factory=dict)
    strays: Sequence[Metadata] = ()
    pulled: Sequence[Pulled] = ()

    def within(self, side: Side) -> Targets:
        """Leave out the namespaces that mirrors are not written in."""
        return Targets(
            [namespace for namespace in self.namespaces if side.permits(namespace.name)],
            {name: found for name, found in self.existing.items() if side.permits(name)},
            [found for found in self.strays if side.permits(found.ref.namespace)],
            [each for each in self.pulled if side.permits(each.namespace.name)],
        )


class Scope(Protocol):
    """A part of the cluster."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do for a source where this was looked at."""

    def read(self, cluster: Cluster, source: Ref, name: str) -> Targets:
        """Read what of it concerns a source whose mirrors are called `name`.

        Raises:
            ApiError: the cluster could not be read.
        """


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The whole cluster, in three lists, or four when mirrors may have several names.

    Args:
        thorough: whether mirrors are looked for by label, too; so they always are when they are not
            called as their source.
    """

    thorough: bool = False
    is_whole: ClassVar = True

    def read(self, cluster: Cluster, source: Ref, name: str) -> Targets:
        """Read the namespaces, what has the mirrors' name, other mirrors, and the pull mirrors."""
        named = cluster.list_metadata(source.kind, name=name)
        labelled = self._labelled(cluster, source) if self.thorough or name != source.name else []
        pulled = cluster.list_metadata(source.kind, selector=PULL_MIRRORS)
        namespaces = cluster.namespaces()
        return Targets(
            namespaces,
            {found.ref.namespace: found for found in named},
            [found for found in labelled if found.ref.name != name],
            in_their_namespaces(coming_from(source, pulled, named), namespaces),
        )

    @staticmethod
    def _labelled(cluster: Cluster, source: Ref) -> list[Metadata]:
        selector = f"{ROLE}={ROLE_MIRROR},{SOURCE}={source_label(source)}"
        return cluster.list_metadata(source.kind, selector=selector)


@dataclass(frozen=True, slots=True)
class InNamespace:
    """One namespace, and of it the mirror."""

    is_whole: ClassVar = False
    name: str

    def read(self, cluster: Cluster, source: Ref, name: str) -> Targets:
        """Read the mirror and the namespace."""
        found = cluster.metadata(Ref(source.kind, self.name, name))
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

    def read(self, cluster: Cluster, source: Ref, name: str) -> Targets:  # noqa: ARG002 (judged)
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
