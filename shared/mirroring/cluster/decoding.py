"""What the API server answers, decoded into small values: what is needed, and no more.

Of long lists the same text stands in thousands of objects, so of those that are kept every text,
and every set of labels or annotations, is decoded and held once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from mirroring.cluster.abridging import LONGEST, abridged
from mirroring.cluster.managed_fields import fields_of, renewed_at
from mirroring.errors import Unavailable
from mirroring.names import ACCEPT, ALLOWED, PLACE, REFLECTS
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.globs import Globs
from mirroring.objects.metadata import Metadata, Namespace, Object
from mirroring.objects.references import LONGEST_PATH, Ref, place_of
from mirroring.policies.misreadings import misread_of_namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mirroring.objects.references import Kind

S = TypeVar("S")
M = TypeVar("M")
Entries = dict[str, str]

_NOTHING: Final = msgspec.Raw(b"{}")
_NOBODY: Final = msgspec.Raw(b"[]")
_PLACE: Final = PLACE.encode()
_MOST_FIELDS: Final = 128 * 1024  # bytes of managedFields that are held as what they tell
_LONGEST_WORD: Final = 2 * LONGEST_PATH  # characters that are held of what names something


class _Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""
    controller: bool | None = None


class _Metadata(
    msgspec.Struct,
    rename={
        "resource_version": "resourceVersion",
        "created_at": "creationTimestamp",
        "deleted_at": "deletionTimestamp",
        "managed_fields": "managedFields",
        "owners": "ownerReferences",
    },
):
    name: str
    uid: str
    resource_version: str
    namespace: str = ""
    labels: msgspec.Raw = _NOTHING
    annotations: msgspec.Raw = _NOTHING
    created_at: str | None = None
    deleted_at: str | None = None
    managed_fields: msgspec.Raw = _NOBODY
    owners: list[_Owner] | None = None


class _NamespaceMetadata(msgspec.Struct, rename={"deleted_at": "deletionTimestamp"}):
    name: str
    labels: Entries | None = None
    annotations: Entries | None = None
    deleted_at: str | None = None


class _Partial(msgspec.Struct, Generic[M]):
    metadata: M


class _Whole(msgspec.Struct, rename={"binary_data": "binaryData"}):
    metadata: _Metadata
    data: Entries | None = None
    binary_data: Entries | None = None
    type: str = ""
    immutable: bool | None = None


class _ListMetadata(msgspec.Struct, rename={"following": "continue"}):
    following: str = ""


class _Page(msgspec.Struct, Generic[M]):
    metadata: _ListMetadata
    # The API server writes an empty list of PartialObjectMetadata as null.
    items: list[_Partial[M]] | None = None


_PARTIAL: Final = msgspec.json.Decoder(_Partial[_Metadata])
_WHOLE: Final = msgspec.json.Decoder(_Whole)
_PAGE: Final = msgspec.json.Decoder(_Page[_Metadata])
_NAMESPACE: Final = msgspec.json.Decoder(_Partial[_NamespaceMetadata])
_NAMESPACES: Final = msgspec.json.Decoder(_Page[_NamespaceMetadata])
_ENTRIES: Final = msgspec.json.Decoder(Entries | None)
_MANAGED: Final = msgspec.json.Decoder(list[dict[str, Any]] | None)


class Decoder:
    """Decodes the objects of one kind; those that are kept share what they have in common."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._name = kind.name.encode()
        self._texts: dict[str, str] = {}
        self._entries: dict[bytes, Mapping[str, str]] = {}

    def metadata(self, body: bytes) -> Metadata:
        """Decode the metadata of an object, with or without the rest of it.

        Raises:
            Unavailable: the body is none that an API server sends.
        """
        read = _decoded(_PARTIAL, body).metadata
        return self._alone(read)

    def object(self, body: bytes) -> Object:
        """Decode an object with its content; raises as `metadata`."""
        whole = _decoded(_WHOLE, body)
        held = {"data": whole.data or {}, "binaryData": whole.binary_data or {}}
        content = Content(
            fields={name: held[name] for name in self._kind.content},
            type=whole.type if self._kind.typed else "",
            immutable=bool(whole.immutable),
        )
        read = whole.metadata
        owners = _decoded(_MANAGED, read.managed_fields) or ()
        return Object(self._alone(read), content, owners)

    def page(
        self, body: bytes, only: Callable[[Metadata], bool] = lambda _: True
    ) -> tuple[Iterator[Metadata], str]:
        """Decode a page of a list; return also what asks for the next, empty after the last.

        Args:
            body: the page.
            only: picks what is kept; it is not shown by whom the fields are owned.

        Raises:
            Unavailable: the body is none that an API server sends.
        """
        page = _decoded(_PAGE, body)
        return self._kept(page.items or (), only), page.metadata.following

    def _kept(
        self, items: Iterable[_Partial[_Metadata]], only: Callable[[Metadata], bool]
    ) -> Iterator[Metadata]:
        for each in items:
            read = each.metadata
            raw = self._without_own_place(read)
            found = self._read(read, raw, Fields())
            if not only(found):
                continue
            yield self._abridged(found, read) if _is_large(read) else self._shared(found, read, raw)

    def _abridged(self, found: Metadata, read: _Metadata) -> Metadata:
        is_told = len(read.managed_fields) <= _MOST_FIELDS
        fields = self._fields(read) if is_told else Fields(is_told=False)
        labels, annotations = abridged(found.labels), abridged(found.annotations)
        renewed = self._renewed(read, found) if is_told else ""
        return replace(
            found,
            labels=labels,
            annotations=annotations,
            fields=fields,
            renewed=renewed,
            is_partial=True,
        )

    def _shared(self, found: Metadata, read: _Metadata, raw: bytes) -> Metadata:
        """Return the same whole, with all that it has in common with others that are kept."""
        fields = self._fields(read)
        is_apart = _PLACE in raw  # what names another place has nothing in common with others
        return Metadata(
            Ref(self._kind, self._text(found.ref.namespace), self._text(found.ref.name)),
            found.uid,
            found.resource_version,
            self._keep(bytes(read.labels), found.labels),
            found.annotations if is_apart else self._keep(raw, found.annotations),
            found.terminating,
            fields,
            found.controller,
            found.place,
            _managed(read, fields, found.annotations),
            found.created,
            self._renewed(read, found),
        )

    def _alone(self, read: _Metadata) -> Metadata:
        """Return what is read by itself, and shares nothing with others."""
        found = self._read(read, self._without_own_place(read), self._fields(read))
        return replace(found, renewed=self._renewed(read, found))

    def _read(self, read: _Metadata, raw: bytes, fields: Fields) -> Metadata:
        ref = Ref(self._kind, read.namespace, read.name)
        annotations = self._decode(raw)
        place = None if len(raw) == len(read.annotations) else ""
        if PLACE in annotations:
            written = annotations[PLACE]
            place = "" if written == place_of(ref) else written[:_LONGEST_WORD] or "nowhere"
            annotations = {name: text for name, text in annotations.items() if name != PLACE}
        return Metadata(
            ref,
            read.uid,
            read.resource_version,
            self._decode(bytes(read.labels)),
            annotations,
            read.deleted_at is not None,
            fields,
            _controller(read.owners) if read.owners else "",
            place,
            _managed(read, fields, annotations),
            # Mirrors by the thousand need none.
            (read.created_at or "") if ALLOWED in annotations else "",
        )

    def _without_own_place(self, read: _Metadata) -> bytes:
        """Cut out what an object says of its own place, as the API server writes it.

        Without that mirrors by the thousand have the same annotations.
        """
        own = b'"%b":"%b/%b/%b",' % (
            _PLACE,
            self._name,
            read.namespace.encode(),
            read.name.encode(),
        )
        return bytes(read.annotations).replace(own, b"", 1)

    def _fields(self, read: _Metadata) -> Fields:
        try:
            return fields_of(self._kind, bytes(read.managed_fields))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _unreadable() from None

    def _renewed(self, read: _Metadata, found: Metadata) -> str:
        # As of `created`.
        is_source = ALLOWED in found.annotations
        return renewed_at(self._kind, bytes(read.managed_fields)) if is_source else ""

    def _decode(self, raw: bytes) -> Mapping[str, str]:
        known = self._entries.get(raw)
        return known if known is not None else _decoded(_ENTRIES, raw) or {}

    def _keep(self, raw: bytes, entries: Mapping[str, str]) -> Mapping[str, str]:
        known = self._entries.get(raw)
        if known is None:
            known = {self._text(name): self._text(value) for name, value in entries.items()}
            self._entries[raw] = known
        return known

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)


def namespace(body: bytes) -> Namespace:
    """Decode of a namespace what rules look at; raises as `Decoder.metadata`."""
    return _namespace(_decoded(_NAMESPACE, body).metadata)


def namespaces(body: bytes) -> tuple[Iterator[Namespace], str]:
    """Decode a page of a list of namespaces, as `Decoder.page` does those of other lists."""
    page = _decoded(_NAMESPACES, body)
    return (_namespace(each.metadata) for each in page.items or ()), page.metadata.following


def _namespace(read: _NamespaceMetadata) -> Namespace:
    accepted = (read.annotations or {}).get(ACCEPT)
    return Namespace(
        read.name,
        read.labels or {},
        terminating=read.deleted_at is not None,
        accepted=None if accepted is None else Globs.parse(accepted),
        problems=misread_of_namespace(read.annotations or {}),
    )


def _decoded(decoder: msgspec.json.Decoder[S], body: bytes | msgspec.Raw) -> S:
    try:
        return decoder.decode(body)
    # msgspec's own text quotes what it could not read.
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _unreadable() from None


def _unreadable() -> Unavailable:
    return Unavailable(
        "The API server's answer cannot be read. Look for a proxy in between that answers for it; "
        "it may pass."
    )


def _is_large(read: _Metadata) -> bool:
    return len(read.labels) + len(read.annotations) + len(read.managed_fields) > LONGEST


def _managed(read: _Metadata, fields: Fields, annotations: Mapping[str, str]) -> bytes:
    is_needed = fields.withheld and REFLECTS in annotations
    return bytes(read.managed_fields) if is_needed else b""


def _controller(owners: list[_Owner]) -> str:
    named = (f"{each.kind} {each.name}" for each in owners if each.controller)
    return next(named, "")[:_LONGEST_WORD]
