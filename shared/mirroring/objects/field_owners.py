"""Field owners: what `managedFields` tells of an object's content without showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from mirroring.names import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Who applies `stringData` owns that alone: the API server puts it into `data` afterwards.
CONTENT: Final = frozenset({"f:data", "f:binaryData", "f:stringData", "f:immutable"})
IMMUTABLE: Final = "f:immutable"


class FieldOwner(NamedTuple):
    """One entry of `managedFields`.

    Args:
        manager: who wrote.
        time: when, in RFC 3339, as fine as seconds.
        keys: the keys of the content that it wrote, as `Content.keys` names them.
        owns_content: whether it wrote anything of the content, `immutable` included.
        owns_marks: whether it wrote a label or an annotation.
        owns_immutable: whether it wrote `immutable`.
        applies: whether it writes by server-side apply, which fails where others own its fields.
        owns_notes: whether it wrote annotations that Reflector knows.
    """

    manager: str
    time: str
    keys: frozenset[str] = frozenset()
    owns_content: bool = False
    owns_marks: bool = False
    owns_immutable: bool = False
    applies: bool = False
    owns_notes: bool = False


class Fields(NamedTuple):
    """What `managedFields` tells of an object's content without showing it.

    "Since" is since kn-mirror last wrote the object, or in the same second, which is as fine as the
    API server notes it.

    Args:
        keys: the keys that are there, as `Content.keys` names them.
        foreign_manager: who else changed the content since; empty when nobody did.
        marker: who else changed labels or annotations since; empty when nobody did.
        is_written: whether kn-mirror has ever written it.
        is_told: whether anything is told at all: anybody may clear `managedFields`.
        may_be_immutable: whether somebody wrote `immutable`.
        is_applied: whether somebody else writes the object by server-side apply.
        withheld: whether kn-mirror owns what such an owner may want to apply.
    """

    keys: frozenset[str] = frozenset()
    foreign_manager: str = ""
    marker: str = ""
    is_written: bool = False
    is_told: bool = True
    may_be_immutable: bool = False
    is_applied: bool = False
    withheld: bool = False

    @classmethod
    def of(cls, owners: Iterable[FieldOwner]) -> Self:
        """Sum up the entries of an object."""
        entries = tuple(owners)
        ours = [each for each in entries if each.manager == MANAGER]
        others = [each for each in entries if each.manager != MANAGER]
        last = max((each.time for each in ours), default="")
        since = [each for each in others if each.time >= last]
        is_applied = any(each.applies for each in others)
        return cls(
            frozenset().union(*(each.keys for each in entries)),
            _last(each for each in since if each.owns_content),
            _last(each for each in since if each.owns_marks),
            is_written=bool(ours),
            is_told=bool(entries),
            may_be_immutable=any(each.owns_immutable for each in entries),
            is_applied=is_applied,
            withheld=is_applied and any(each.owns_content or each.owns_notes for each in ours),
        )


def _last(owners: Iterable[FieldOwner]) -> str:
    named = [each.manager or "unknown" for each in owners]
    return named[-1] if named else ""


def reassigned(
    entries: Iterable[Mapping[str, Any]], keys: Iterable[str], *, immutable: bool
) -> list[dict[str, Any]]:
    """Say in `managedFields` that kn-mirror alone wrote the content, and leave the rest as it is.

    Of what was read and is right nobody has to ask again who else wrote it, nor is it told where
    somebody cleared the entries.

    Args:
        entries: as they are.
        keys: of the content, as `Content.keys` names them.
        immutable: whether it is.
    """
    ours: dict[str, Any] = {"manager": MANAGER, "operation": "Update", "apiVersion": "v1"}
    made: list[dict[str, Any]] = []
    fields: dict[str, Any] = {IMMUTABLE: {}} if immutable else {}
    for entry in entries:
        rest = {
            name: owned
            for name, owned in (entry.get("fieldsV1") or {}).items()
            if name not in CONTENT
        }
        if ours.items() <= entry.items():
            fields |= rest
        elif rest:
            made.append({**entry, "fieldsV1": rest})
    for key in sorted(keys):
        field, _, name = key.partition("/")
        fields.setdefault(f"f:{field}", {".": {}})[f"f:{name}"] = {}
    # The API server notes the time, since something else is always written with it.
    ours |= {"time": "1970-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}
    return [*made, ours]
