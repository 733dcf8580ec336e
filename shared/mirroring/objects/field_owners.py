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
        applies: whether it writes by server-side apply, which fails where others own its fields.
        owns_notes: whether it wrote annotations that Reflector knows.
    """

    manager: str
    time: str
    keys: frozenset[str] = frozenset()
    owns_content: bool = False
    applies: bool = False
    owns_notes: bool = False


class Fields(NamedTuple):
    """What `managedFields` tells of an object's content without showing it.

    Args:
        keys: the keys that are there, as `Content.keys` names them.
        foreign_manager: who else changed the content since kn-mirror last wrote the object (or in
            the same second, which is as fine as the API server notes it); empty when nobody did.
        is_applied: whether somebody else writes the object by server-side apply.
        withheld: whether kn-mirror owns what such an owner may want to apply.
    """

    keys: frozenset[str] = frozenset()
    foreign_manager: str = ""
    is_applied: bool = False
    withheld: bool = False

    @classmethod
    def of(cls, owners: Iterable[FieldOwner]) -> Self:
        """Sum up the entries of an object."""
        keys: frozenset[str] = frozenset()
        written, edits = "", []
        is_applied = is_owned = False
        for owner in owners:
            keys |= owner.keys
            if owner.manager == MANAGER:
                written = max(written, owner.time)
                is_owned = is_owned or owner.owns_content or owner.owns_notes
                continue
            is_applied = is_applied or owner.applies
            if owner.owns_content:
                edits.append(owner)
        since = [edit.manager or "unknown" for edit in edits if edit.time >= written]
        return cls(keys, since[-1] if since else "", is_applied, is_applied and is_owned)
