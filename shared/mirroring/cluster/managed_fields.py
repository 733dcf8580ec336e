"""What `managedFields` tell, decoded: who wrote which field of an object, and when."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from mirroring.names import REFLECTOR
from mirroring.objects.field_owners import IMMUTABLE, FieldOwner, Fields

if TYPE_CHECKING:
    from mirroring.objects.references import Kind

_NOTHING: Final = msgspec.Raw(b"{}")


# Nobody's fields shall fill a memory that all share.
_LONGEST: Final = 8192  # bytes that are remembered, as JSON


class _Entry(msgspec.Struct, rename={"fields": "fieldsV1"}):
    manager: str = ""
    operation: str = ""
    time: str = ""
    fields: msgspec.Raw = _NOTHING


_ENTRIES: Final = msgspec.json.Decoder(list[_Entry] | None)
_TREE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Who owns `data` itself, and no key of it, has written none of what is there.
_AS_STRINGS: Final = "f:stringData"
_CONTENT: Final = frozenset({_AS_STRINGS, IMMUTABLE})
_MARKS: Final = frozenset({"f:labels", "f:annotations"})
# How the name of an annotation begins there.
_REFLECTORS: Final = f'"f:{REFLECTOR}'.encode()


def fields_of(kind: Kind, raw: bytes) -> Fields:
    """Decode and sum up the entries of an object.

    Raises:
        msgspec.DecodeError: they are none that an API server sends.
    """
    return _remembered(kind, raw) if len(raw) <= _LONGEST else _fields_of(kind, raw)


def renewed_at(kind: Kind, raw: bytes) -> str:
    """Return when content was written last, as far as entries tell that were decoded before."""
    entries = _ENTRIES.decode(raw) or ()
    return max((entry.time for entry in entries if _wrote(kind, entry)), default="")


def _fields_of(kind: Kind, raw: bytes) -> Fields:
    return Fields.of(_owner(kind, entry) for entry in _ENTRIES.decode(raw) or ())


# What was written together has the same owners, to the second.
_remembered: Final = lru_cache(maxsize=1024)(_fields_of)


def _wrote(kind: Kind, entry: _Entry) -> bool:
    keys, names = _named(kind, bytes(entry.fields))
    return bool(keys) or _AS_STRINGS in names


def _owner(kind: Kind, entry: _Entry) -> FieldOwner:
    tree = bytes(entry.fields)
    keys, names = _named(kind, tree)
    return FieldOwner(
        entry.manager,
        entry.time,
        keys,
        owns_content=bool(keys or not _CONTENT.isdisjoint(names)),
        owns_marks=not _MARKS.isdisjoint(names),
        owns_immutable=IMMUTABLE in names,
        applies=entry.operation == "Apply",
        owns_notes=_REFLECTORS in tree,
    )


def _named(kind: Kind, tree: bytes) -> tuple[frozenset[str], frozenset[str]]:
    return _owned(kind, tree) if len(tree) <= _LONGEST else _read(kind, tree)


def _read(kind: Kind, tree: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Name the keys of content, and the fields of the object and of its metadata."""
    owned: dict[str, msgspec.Raw] = _TREE.decode(tree)
    keys = frozenset(
        f"{name}/{key.removeprefix('f:')}"
        for name in kind.content
        if f"f:{name}" in owned
        for key in _TREE.decode(owned[f"f:{name}"])
        if key != "."
    )
    metadata = _TREE.decode(owned.get("f:metadata", _NOTHING))
    return keys, frozenset(owned.keys() | metadata.keys())


_owned: Final = lru_cache(maxsize=1024)(_read)
