"""Applies: objects as they would be, once what is asked of them was applied, as kubectl does it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from mirroring.cluster.decoding import Decoder
from mirroring.names import KEYS, ROLE, ROLE_SOURCE
from mirroring.ownership.records import is_declared
from mirroring.planning.drift import pull_mirror_labels
from mirroring.policies.roles import is_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kubectl_mirror.asking.wishes import Fields, Wish
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_MANAGER: Final = "kubectl-client-side-apply"
# A version that no object has.
_SUPPOSED: Final = "supposed"


@dataclass(repr=False)
class Applied:
    """An object while wishes are applied to it. It may hold secrets: it has no readable form.

    Args:
        ref: it.
        raw: its metadata as the API has them; None while it is not there.
        at: the time, in RFC 3339.
        content: all that it holds, where that is known; None where it is not.
        keeps_content: whether it holds what it held.
        is_changed: whether anything of it is, or may be, otherwise.
    """

    ref: Ref
    raw: Fields | None
    at: str
    content: Fields | None = None
    keeps_content: bool = True
    is_changed: bool = False
    before: Fields | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep what was there."""
        self.before = json.loads(json.dumps(self.raw)) if self.raw else None

    @property
    def metadata(self) -> Metadata:
        """As they would be, with the label by which kn-mirror finds what it looks for."""
        found = _decoded(self.ref, self.raw or {})
        if ROLE in found.labels:
            return found
        if is_source(found):
            return replace(found, labels={**found.labels, ROLE: ROLE_SOURCE})
        if is_declared(found):
            return replace(found, labels={**found.labels, **pull_mirror_labels(found)})
        return found

    @property
    def metadata_before(self) -> Metadata | None:
        """As they are; None where it is not there."""
        return _decoded(self.ref, self.before) if self.before else None

    @property
    def whole(self) -> Content | None:
        """What it would hold; None where that is not known."""
        if self.content is None or self.raw is None:
            return None
        body = json.dumps({**self.raw, **self.content}).encode()
        return Decoder(self.ref.kind).object(body).content

    @property
    def keeps_hash(self) -> bool:
        """Whether its mirrors hold what they held."""
        before = self.metadata_before
        asked = before.annotations.get(KEYS) if before else None
        return self.keeps_content and asked == self.metadata.annotations.get(KEYS)

    def apply(self, wish: Wish) -> None:
        """Have it as a wish asks."""
        last = _last_applied(self.raw) if wish.earlier is None else {"metadata": wish.earlier}
        if self.raw is None:
            self._make(wish)
        else:
            self._change(self.raw, wish, last)

    def _make(self, wish: Wish) -> None:
        metadata = {
            "name": self.ref.name,
            "namespace": self.ref.namespace,
            "uid": _SUPPOSED,
            "resourceVersion": _SUPPOSED,
            "creationTimestamp": self.at,
            "labels": dict(wish.labels),
            "annotations": dict(wish.annotations),
            "managedFields": [self._owner(wish.content, marks=True)],
        }
        self.raw, self.is_changed, self.keeps_content = {"metadata": metadata}, True, False
        is_known = wish.earlier is None
        self.content = _typed(self.ref, wish.content) if is_known else None

    def _change(self, raw: Fields, wish: Wish, last: Fields) -> None:
        metadata = raw["metadata"]
        held = _decoded(self.ref, raw).fields
        marks = False
        for side, wanted in (("labels", wish.labels), ("annotations", wish.annotations)):
            gone = _entries(last.get("metadata"), side).keys() - wanted.keys()
            there = _entries(metadata, side)
            now = {
                name: value
                for name, value in there.items()
                if name not in gone and name not in (wish.taken if side == "annotations" else ())
            } | dict(wanted)
            marks = marks or now != there
            metadata[side] = now
        is_written = bool(wish.content) and (wish.earlier is None or wish.is_issued)
        if not (marks or is_written):
            return
        self.is_changed = True
        metadata["resourceVersion"] = _SUPPOSED
        if is_written:
            gone = _keys(last) - _keys(wish.content)
            known = not wish.is_issued and held.is_told and held.keys <= gone | _keys(wish.content)
            self._write(wish.content, last, is_known=known and not held.may_be_immutable)
            _disown(metadata, gone)
        owner = self._owner(wish.content if is_written else {}, marks=marks)
        metadata.setdefault("managedFields", []).append(owner)

    def _write(self, content: Fields, last: Fields, *, is_known: bool) -> None:
        self.keeps_content = False
        type_ = content.get("type") or last.get("type") or (last and "Opaque")
        if self.ref.kind.typed and not type_:
            is_known = False
        named = {**content, "type": type_} if self.ref.kind.typed else content
        self.content = _typed(self.ref, named) if is_known else None

    def _owner(self, content: Fields, *, marks: bool) -> Fields:
        """Say in `managedFields` who wrote what."""
        fields: Fields = {
            f"f:{name}": {f"f:{key}": {} for key in content[name]}
            for name in self.ref.kind.content
            if content.get(name)
        }
        if marks:
            names = _entries((self.raw or {}).get("metadata"), "annotations")
            fields["f:metadata"] = {"f:annotations": {f"f:{name}": {} for name in names}}
        return {
            "manager": _MANAGER,
            "operation": "Update",
            "apiVersion": "v1",
            "time": self.at,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }


def _decoded(ref: Ref, raw: Fields) -> Metadata:
    return Decoder(ref.kind).metadata(json.dumps(raw).encode())


def _typed(ref: Ref, content: Fields) -> Fields:
    return {"type": "Opaque", **content} if ref.kind.typed else dict(content)


def _entries(metadata: Any, side: str) -> dict[str, str]:
    found = metadata.get(side) if isinstance(metadata, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def _keys(fields: Fields) -> set[str]:
    """Name the keys of a content, each with the field it is in."""
    found = {f"{name}/{key}" for name in ("data", "binaryData") for key in _entries(fields, name)}
    return found | {f"data/{key}" for key in _entries(fields, "stringData")}


def _last_applied(raw: Fields | None) -> Fields:
    """Read what kubectl applied last, and take that off: it holds the content."""
    annotations = _entries((raw or {}).get("metadata"), "annotations")
    text = annotations.pop(_LAST_APPLIED, "")
    if raw and text:
        raw["metadata"]["annotations"] = annotations
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _disown(metadata: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Have nobody own keys that are not there any more."""
    for key in keys:
        field_, _, name = key.partition("/")
        for entry in metadata.get("managedFields") or ():
            _entries_of(entry, field_).pop(f"f:{name}", None)


def _entries_of(entry: Fields, name: str) -> Fields:
    found = (entry.get("fieldsV1") or {}).get(f"f:{name}")
    return found if isinstance(found, dict) else {}
