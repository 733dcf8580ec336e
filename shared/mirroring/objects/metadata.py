"""What the API server tells of an object, read once into values that the rest can rely on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from mirroring.names import ACCEPT
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.globs import Globs
from mirroring.objects.references import NAMESPACE, Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.references import Kind


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything about an object but its content."""

    ref: Ref
    uid: str
    resource_version: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    terminating: bool = False
    fields: Fields = field(default_factory=Fields)

    @classmethod
    def read(cls, kind: Kind, body: Mapping[str, Any]) -> Self:
        """Take the metadata out of an object, or a `PartialObjectMetadata`, as the API sent it."""
        metadata = body["metadata"]
        return cls(
            ref=Ref(kind, metadata.get("namespace", ""), metadata["name"]),
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            terminating="deletionTimestamp" in metadata,
            fields=Fields.read(kind, metadata.get("managedFields") or ()),
        )

    @property
    def version(self) -> tuple[str, str]:
        """Differs between any two states that an object of this name was ever in."""
        return self.uid, self.resource_version


@dataclass(frozen=True, slots=True)
class Object:
    """A Secret or ConfigMap with its content."""

    metadata: Metadata
    content: Content

    @classmethod
    def read(cls, kind: Kind, body: Mapping[str, Any]) -> Self:
        """Take an object as the API sent it."""
        return cls(Metadata.read(kind, body), Content.read(kind, body))


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace, as far as rules look at it.

    Args:
        name: its own.
        labels: its own.
        terminating: whether it is being deleted.
        accepted: `namespace/name` of the sources whose mirrors it takes; None for all.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    terminating: bool = False
    accepted: Globs | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Take a namespace, or its `PartialObjectMetadata`, as the API sent it."""
        metadata = Metadata.read(NAMESPACE, body)
        accepted = metadata.annotations.get(ACCEPT)
        return cls(
            metadata.ref.name,
            metadata.labels,
            metadata.terminating,
            None if accepted is None else Globs.parse(accepted),
        )

    def accepts(self, source: Ref) -> bool:
        """Whether the namespace's owner takes mirrors of a source."""
        return self.accepted is None or self.accepted.match(source.path)
