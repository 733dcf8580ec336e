"""What the API server answers, decoded into small values: what is needed, and no more.

Of long lists the same text stands in thousands of objects, so of those that are kept every text,
and every set of labels or annotations, is held once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from mirroring.errors import Unavailable
from mirroring.names import ACCEPT
from mirroring.objects.content import Content
from mirroring.objects.field_owners import FieldOwner, Fields
from mirroring.objects.globs import Globs
from mirroring.objects.metadata import Metadata, Namespace, Object
from mirroring.objects.references import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirroring.objects.references import Kind

S = TypeVar("S", bound=msgspec.Struct)
Entries = dict[str, str]

_NOTHING: Final = msgspec.Raw(b"{}")


class _FieldsEntry(msgspec.Struct, rename={"fields": "fieldsV1"}):
    manager: str = ""
    time: str = ""
    fields: msgspec.Raw = _NOTHING


class _Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""
    controller: bool | None = None


class _Metadata(
    msgspec.Struct,
    rename={
        "resource_version": "resourceVersion",
        "deleted_at": "deletionTimestamp",
        "managed_fields": "managedFields",
        "owners": "ownerReferences",
    },
):
    name: str
    uid: str
    resource_version: str
    namespace: str = ""
    labels: Entries | None = None
    annotations: Entries | None = None
    deleted_at: str | None = None
    managed_fields: list[_FieldsEntry] | None = None
    owners: list[_Owner] | None = None


class _Partial(msgspec.Struct):
    metadata: _Metadata


class _Whole(msgspec.Struct, rename={"binary_data": "binaryData"}):
    metadata: _Metadata
    data: Entries | None = None
    binary_data: Entries | None = None
    type: str = ""
    immutable: bool | None = None


class _ListMetadata(msgspec.Struct, rename={"following": "continue"}):
    following: str = ""


class _Page(msgspec.Struct):
    metadata: _ListMetadata
    # The API server writes an empty list of PartialObjectMetadata as null.
    items: list[_Partial] | None = None


_PARTIAL: Final = msgspec.json.Decoder(_Partial)
_WHOLE: Final = msgspec.json.Decoder(_Whole)
_PAGE: Final = msgspec.json.Decoder(_Page)
_OWNED: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Decoder:
    """Decodes the objects of one kind; those that are kept share what they have in common."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._texts: dict[str, str] = {}
        self._entries: dict[tuple[tuple[str, str], ...], Entries] = {}

    def metadata(self, body: bytes) -> Metadata:
        """Decode the metadata of an object, with or without the rest of it.

        Raises:
            Unavailable: the body is none that an API server sends.
        """
        return self._read(_decoded(_PARTIAL, body).metadata)

    def object(self, body: bytes) -> Object:
        """Decode an object with its content; raises as `metadata`."""
        whole = _decoded(_WHOLE, body)
        held = {"data": whole.data or {}, "binaryData": whole.binary_data or {}}
        content = Content(
            fields={name: held[name] for name in self._kind.content},
            type=whole.type if self._kind.typed else "",
            immutable=bool(whole.immutable),
        )
        return Object(self._read(whole.metadata), content)

    def page(self, body: bytes) -> tuple[Iterator[Metadata], str]:
        """Decode a page of a list; return also what asks for the next, empty after the last.

        Raises:
            Unavailable: the body is none that an API server sends.
        """
        page = _decoded(_PAGE, body)
        return (self._read(each.metadata) for each in page.items or ()), page.metadata.following

    def kept(self, found: Metadata) -> Metadata:
        """Return the same with all that it shares with others that were kept."""
        return Metadata(
            Ref(self._kind, self._text(found.ref.namespace), self._text(found.ref.name)),
            found.uid,
            found.resource_version,
            self._shared(found.labels),
            self._shared(found.annotations),
            found.terminating,
            found.fields,
            found.controller,
        )

    def _read(self, read: _Metadata) -> Metadata:
        return Metadata(
            Ref(self._kind, read.namespace, read.name),
            read.uid,
            read.resource_version,
            read.labels or {},
            read.annotations or {},
            terminating=read.deleted_at is not None,
            fields=_fields(
                tuple(
                    _owner(self._kind, entry.manager, entry.time, bytes(entry.fields))
                    for entry in read.managed_fields or ()
                )
            ),
            controller=_controller(read.owners) if read.owners else "",
        )

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _shared(self, entries: Mapping[str, str]) -> Entries:
        key = tuple(entries.items())
        known = self._entries.get(key)
        if known is None:
            known = {self._text(name): self._text(value) for name, value in key}
            self._entries[key] = known
        return known


def namespace(found: Metadata) -> Namespace:
    """Take of a namespace's metadata what rules look at."""
    accepted = found.annotations.get(ACCEPT)
    return Namespace(
        found.ref.name,
        found.labels,
        found.terminating,
        None if accepted is None else Globs.parse(accepted),
    )


def _decoded(decoder: msgspec.json.Decoder[S], body: bytes) -> S:
    try:
        return decoder.decode(body)
    # msgspec's own text quotes what it could not read.
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unavailable(
            "The API server's answer cannot be read. Look for a proxy in between that answers for "
            "it; it is tried again when the event is delivered again."
        ) from None


def _controller(owners: list[_Owner]) -> str:
    return next((f"{each.kind} {each.name}" for each in owners if each.controller), "")


@lru_cache(maxsize=4096)
def _owner(kind: Kind, manager: str, time: str, fields: bytes) -> FieldOwner:
    keys, owns_content = _owned(kind, fields)
    return FieldOwner(manager, time, keys, owns_content)


@lru_cache(maxsize=1024)
def _owned(kind: Kind, fields: bytes) -> tuple[frozenset[str], bool]:
    owned: dict[str, Any] = _OWNED.decode(fields)
    keys = frozenset(
        f"{name}/{key.removeprefix('f:')}"
        for name in kind.content
        if f"f:{name}" in owned
        for key in _OWNED.decode(owned[f"f:{name}"])
        if key != "."
    )
    return keys, bool(keys) or "f:immutable" in owned


@lru_cache(maxsize=4096)
def _fields(owners: tuple[FieldOwner, ...]) -> Fields:
    return Fields.of(owners)
