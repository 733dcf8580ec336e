"""What the API server tells of an object, read once into values that the rest can rely on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from mirroring.limits import Globs
from mirroring.references import NAMESPACE, Ref
from mirroring.vocabulary import ACCEPT, MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.references import Kind


@dataclass(frozen=True, repr=False)
class Content:
    """What of an object is mirrored. It holds secrets, so it has no readable form.

    Args:
        fields: `data` (and a ConfigMap's `binaryData`), each key with its value as the API writes
            it.
        type: a Secret's type, empty for other kinds.
        immutable: whether the API server refuses every change of it.
    """

    fields: Mapping[str, Mapping[str, str]]
    type: str = ""
    immutable: bool = False

    @classmethod
    def read(cls, kind: Kind, body: Mapping[str, Any]) -> Self:
        """Take the content out of an object as the API sent it."""
        return cls(
            fields={name: body.get(name) or {} for name in kind.content},
            type=body.get("type", "") if kind.typed else "",
            immutable=bool(body.get("immutable")),
        )

    @property
    def keys(self) -> frozenset[str]:
        """Each key, with the field it is in."""
        return frozenset(f"{name}/{key}" for name, values in self.fields.items() for key in values)

    @cached_property
    def hash(self) -> str:
        """Equal for equal contents; starts with `keys_hash`, to compare the keys alone."""
        canonical = json.dumps([self.fields, self.type, self.immutable], sort_keys=True)
        return f"{keys_hash(self.keys)}-{hashlib.sha256(canonical.encode()).hexdigest()[:40]}"


def keys_hash(keys: Iterable[str]) -> str:
    """Eight hexadecimal digits that tell one set of keys from another."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Fields:
    """What `managedFields` tells of an object's content without showing it.

    Args:
        keys: the keys that are there, as `Content.keys` names them.
        foreign_manager: who else changed the content since kn-mirror last wrote the object (or in
            the same second, which is as fine as the API server notes it); empty when nobody did.
    """

    keys: frozenset[str] = frozenset()
    foreign_manager: str = ""

    @classmethod
    def read(cls, kind: Kind, entries: Iterable[Mapping[str, Any]]) -> Self:
        """Take it out of an object's `metadata.managedFields`."""
        keys: set[str] = set()
        written, edits = "", []
        for entry in entries:
            manager, time = entry.get("manager") or "unknown", entry.get("time") or ""
            owned = _owned(kind, entry.get("fieldsV1") or {})
            keys |= owned
            if manager == MANAGER:
                written = max(written, time)
            elif owned or "f:immutable" in (entry.get("fieldsV1") or {}):
                edits.append((time, manager))
        since = [manager for time, manager in edits if time >= written]
        return cls(frozenset(keys), since[-1] if since else "")


def _owned(kind: Kind, fields: Mapping[str, Any]) -> set[str]:
    return {
        f"{name}/{key.removeprefix('f:')}"
        for name in kind.content
        for key in fields.get(f"f:{name}") or {}
        if key != "."
    }


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
