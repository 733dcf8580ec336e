"""Field owners: what `managedFields` tells of an object's content without showing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mirroring.names import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.references import Kind


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
