"""Field owners: what `managedFields` tells of an object's content without showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from mirroring.names import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable


class FieldOwner(NamedTuple):
    """One entry of `managedFields`.

    Args:
        manager: who wrote.
        time: when, in RFC 3339, as fine as seconds.
        keys: the keys of the content that it wrote, as `Content.keys` names them.
        owns_content: whether it wrote anything of the content, `immutable` included.
    """

    manager: str
    time: str
    keys: frozenset[str] = frozenset()
    owns_content: bool = False


class Fields(NamedTuple):
    """What `managedFields` tells of an object's content without showing it.

    Args:
        keys: the keys that are there, as `Content.keys` names them.
        foreign_manager: who else changed the content since kn-mirror last wrote the object (or in
            the same second, which is as fine as the API server notes it); empty when nobody did.
    """

    keys: frozenset[str] = frozenset()
    foreign_manager: str = ""

    @classmethod
    def of(cls, owners: Iterable[FieldOwner]) -> Self:
        """Sum up the entries of an object."""
        keys: frozenset[str] = frozenset()
        written, edits = "", []
        for owner in owners:
            keys |= owner.keys
            if owner.manager == MANAGER:
                written = max(written, owner.time)
            elif owner.owns_content:
                edits.append(owner)
        since = [edit.manager or "unknown" for edit in edits if edit.time >= written]
        return cls(keys, since[-1] if since else "")
