"""What the API server tells of an object, as values that the rest can rely on.

Those that there are ten thousands of are msgspec's: made ten times as fast as frozen dataclasses,
and nothing that a collection of garbage looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from mirroring.objects.field_owners import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.codes import Reason
    from mirroring.objects.content import Content
    from mirroring.objects.globs import Globs
    from mirroring.objects.references import Ref


Look = tuple[str, int, int, Fields, str | None, str, bool]


class Metadata(Struct, frozen=True, gc=False):
    """Everything about an object but its content.

    Args:
        ref: what it is called.
        uid: which of all that were ever called so.
        resource_version: which of all the states that it was in.
        labels: its own.
        annotations: its own, but for the one that says where it was written.
        terminating: whether it is being deleted.
        fields: what is known of its content, and who wrote it.
        controller: kind and name of what it says it is controlled by; empty for nothing.
        place: where it says it was written, as a mirror; empty where it is, None when it says
            nothing of that. Apart from annotations, which thousands of mirrors share.
        managed: `managedFields` as the API server writes it, of a pull mirror of which kn-mirror
            owns what others apply; empty of all others.
        created: when a source was made, as the API server writes it, to the second; empty of what
            says nothing of permitting mirrors.
        renewed: when somebody wrote content of a source last, likewise, as far as `managedFields`
            tell.
        is_partial: whether a list showed it, and long labels and annotations of others are left
            out; whoever writes it has to read it whole.
    """

    ref: Ref
    uid: str
    resource_version: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    terminating: bool = False
    fields: Fields = Fields()
    controller: str = ""
    place: str | None = None
    managed: bytes = b""
    created: str = ""
    renewed: str = ""
    is_partial: bool = False

    @property
    def version(self) -> tuple[str, str]:
        """Differs between any two states that an object of this name was ever in."""
        return self.uid, self.resource_version

    @property
    def look(self) -> Look:
        """What is equal of two that differ in namespace, uid and version alone.

        Only while both are held, and only of those that share labels and annotations, as what was
        read in one list does.
        """
        return (
            self.ref.name,
            id(self.labels),
            id(self.annotations),
            self.fields,
            self.place,
            self.controller,
            self.terminating,
        )


@dataclass(frozen=True, slots=True)
class Object:
    """A Secret or ConfigMap with its content.

    Args:
        metadata: its own.
        content: what of it is mirrored.
        managed_fields: who wrote what of it, as the API server says it.
    """

    metadata: Metadata
    content: Content
    managed_fields: Sequence[Mapping[str, Any]] = ()


class Namespace(Struct, frozen=True, gc=False):
    """A namespace, as far as rules look at it.

    Args:
        name: its own.
        labels: its own.
        terminating: whether it is being deleted.
        accepted: `namespace/name` of the sources whose mirrors it takes; None for all.
        problems: what its owner ought to correct in its annotations.
        trusting: whether sources need no word of its owner's for what Reflector has not.
        reserved: whether they need it for any mirror that is not there yet.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    terminating: bool = False
    accepted: Globs | None = None
    problems: tuple[Reason, ...] = ()
    trusting: bool = False
    reserved: bool = False

    def accepts(self, source: Ref) -> bool:
        """Whether the namespace's owner takes mirrors of a source."""
        return self.accepted is None or self.accepted.match(source.path)

    def names(self, source: Ref) -> bool:
        """Whether the namespace's owner has said that it takes mirrors of just this source."""
        return self.accepted is not None and self.accepted.match(source.path)
