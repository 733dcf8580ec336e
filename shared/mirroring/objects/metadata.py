"""What the API server tells of an object, as values that the rest can rely on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mirroring.objects.field_owners import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.content import Content
    from mirroring.objects.globs import Globs
    from mirroring.objects.references import Ref


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything about an object but its content.

    Args:
        ref: what it is called.
        uid: which of all that were ever called so.
        resource_version: which of all the states that it was in.
        labels: its own.
        annotations: its own.
        terminating: whether it is being deleted.
        fields: what is known of its content, and who wrote it.
        controller: kind and name of what it says it is controlled by; empty for nothing.
    """

    ref: Ref
    uid: str
    resource_version: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    terminating: bool = False
    fields: Fields = field(default_factory=Fields)
    controller: str = ""

    @property
    def version(self) -> tuple[str, str]:
        """Differs between any two states that an object of this name was ever in."""
        return self.uid, self.resource_version


@dataclass(frozen=True, slots=True)
class Object:
    """A Secret or ConfigMap with its content."""

    metadata: Metadata
    content: Content


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

    def accepts(self, source: Ref) -> bool:
        """Whether the namespace's owner takes mirrors of a source."""
        return self.accepted is None or self.accepted.match(source.path)
