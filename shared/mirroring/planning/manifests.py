"""Manifests: what is written, as the API server takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from mirroring.objects.changes import Change, Delete, Patch, Post
from mirroring.objects.field_owners import reassigned
from mirroring.objects.field_trees import ceded
from mirroring.objects.references import place_of
from mirroring.ownership.records import RECORD, predecessor_of, record_of
from mirroring.planning import drift, repairs
from mirroring.planning.copies import Entries, copied, with_copies, without
from mirroring.planning.drift import mirror_labels, pull_mirror_labels
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.sources import Source

Operations = list[dict[str, Any]]


@dataclass(frozen=True, repr=False)
class Manifest:
    """What is written of one source at one time: what many writes share is serialized once.

    Args:
        source: read, content and all, where any content is to be written.
        at: the time to note, in ISO 8601.
    """

    source: Source
    at: str
    _tails: dict[tuple[object, ...], bytes] = field(default_factory=dict)

    def change(self, step: Step) -> Change | None:
        """Return the write that a step asks for; None when it asks for none."""
        seen = step.seen
        match step.op:
            case Op.CREATE:
                return self.mirror(step.target)
            case Op.UPDATE | Op.COMPARE if seen:
                tail = self._tail(seen, declared=step.declared)
                if not step.declared:
                    tail = _joined(tail, _json(_placed(seen.ref)))
                content, tells = _read(self.source), step.declared
                return Patch(seen, _locked(seen, tail), content, tells=tells)
            case Op.DELETE if seen:
                return Delete(seen)
            case Op.CEDE if seen:
                return cede(seen)
            case Op.NOTE | Op.INDEX | Op.UNINDEX | Op.PROMOTE | Op.SUCCEED if seen:
                return _relabelled(seen, self._notes(step, seen))
        return None

    def repaired(self, there: Object) -> Patch:
        """Return what puts a mirror right that was read: who else wrote it is forgotten."""
        seen, content = there.metadata, _read(self.source)
        operations = [
            *update_mirror(seen, self.source, at=self.at, whole=True),
            _placed(seen.ref),
            _reassigned(there, content),
        ]
        return Patch(seen, _locked(seen, _serialized(operations)), content)

    def touched(self, there: Object) -> Patch:
        """Return what says of a mirror that was read that it is as it has to be.

        So it need not be read again, whoever wrote it.
        """
        seen = there.metadata
        operations = [
            replace_entries("labels", without(seen.labels, [names.EDITED])),
            replace_entries("annotations", {**seen.annotations, names.REFLECTED_AT: self.at}),
            _placed(seen.ref),
            _reassigned(there, there.content),
        ]
        return _relabelled(seen, operations)

    def is_repair(self, seen: Metadata) -> bool:
        """Whether a mirror is written since somebody else changed it."""
        return repairs.is_repair(self.source, seen)

    def undone(self, there: Object) -> str:
        """Say what of a mirror that was just put right is not as it was written, or nothing."""
        found = there.metadata
        stays = (
            there.content == self.source.content
            and names.REPAIRS in found.annotations
            and drift.of_labels(found, self.source.ref)
            and drift.of_source(self.source, found)
        )
        return "" if stays else repairs.undone(found)

    def mirror(self, ref: Ref) -> Post:
        """Return what makes a mirror where nothing is."""
        metadata, opening = self._parts
        noted = {**metadata["annotations"], names.PLACE: place_of(ref)}
        body = b'%b, "metadata": %b}' % (opening, _json({**metadata, "annotations": noted}))
        return Post(ref, body, _read(self.source))

    def anew(self, seen: Metadata) -> Post:
        """Return what makes a mirror in the place of one that no update can put right."""
        return Post(seen.ref, self._anew(seen, seen.ref), _read(self.source))

    def rehearsal(self, seen: Metadata) -> Post:
        """Return what asks whether a mirror could be made anew, while it is still there."""
        digits = sha256(str(seen.ref).encode()).hexdigest()[:8]
        ref = seen.ref._replace(name=f"{seen.ref.name[:200].rstrip('-.')}-{digits}")
        return Post(ref, self._anew(seen, ref), _read(self.source), is_rehearsal=True)

    def _anew(self, seen: Metadata, ref: Ref) -> bytes:
        body = new_mirror(self.source, at=self.at)
        entries = _updated(seen, self.source, self.at)
        annotations = {**entries.annotations, names.PLACE: place_of(ref)}
        written = {"name": ref.name, "labels": entries.labels, "annotations": annotations}
        return _json({**body, "metadata": written})

    def _notes(self, step: Step, seen: Metadata) -> Operations:
        if step.op is Op.NOTE:
            return note(seen, self.source, at=self.at)
        return _marked(step, seen)

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], bytes]:
        """Tell apart what says where a mirror is, and all else, which is the same everywhere."""
        body = new_mirror(self.source, at=self.at)
        return body.pop("metadata"), _json(body).removesuffix(b"}")

    def _tail(self, seen: Metadata, *, declared: bool) -> bytes:
        key = (
            declared,
            tuple(seen.labels.items()),
            tuple(seen.annotations.items()),
            seen.fields,
        )
        tail = self._tails.get(key)
        if tail is None:
            make = fill_mirror if declared else update_mirror
            tail = self._tails[key] = _serialized(make(seen, self.source, at=self.at))
        return tail


def new_mirror(source: Source, *, at: str) -> dict[str, Any]:
    """Make the mirror of a source, but for what says where it is; `at` is in ISO 8601."""
    entries, content = copied(source), _read(source)
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": source.ref.kind.name,
        "metadata": {
            "name": source.mirror_name,
            "labels": {**entries.labels, **mirror_labels(source.ref)},
            "annotations": {**entries.annotations, **_record(source, at)},
        },
    }
    body |= {name: values for name, values in content.fields.items() if values}
    if content.type:
        body["type"] = content.type
    if content.immutable:
        body["immutable"] = True
    return body


def update_mirror(seen: Metadata, source: Source, *, at: str, whole: bool = False) -> Operations:
    """Say, as a JSON Patch, what brings a mirror in line with its source, wherever it is.

    Content is replaced whole, so that keys which left the source leave the mirror; labels and
    annotations of others stay.

    Args:
        seen: the mirror.
        source: read, content and all.
        at: the time to note, in ISO 8601.
        whole: whether to trust nothing that is told of the content that it has.
    """
    entries, content = _updated(seen, source, at), _read(source)
    return [
        *_replace_content(seen, content, whole=whole),
        *_replace_kind_of_content(seen, content),
        replace_entries("labels", entries.labels),
        replace_entries("annotations", entries.annotations),
    ]


def _updated(seen: Metadata, source: Source, at: str) -> Entries:
    """Return the labels and annotations of a mirror that is brought in line with its source."""
    entries = with_copies(seen, source)
    others = without(entries.annotations, [names.REPAIRS, names.SUCCEEDS])
    annotations = {**others, **_succession(seen, source), **_record(source, at)}
    if repairs.is_repair(source, seen):
        annotations[names.REPAIRS] = repairs.counted(source, seen, at)
    return Entries({**entries.labels, **mirror_labels(source.ref)}, annotations)


def fill_mirror(seen: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what gives a pull mirror the content of its source.

    Its type and whether it is immutable are its owner's to say, as is the source that it names.
    """
    return [*_replace_content(seen, _read(source)), *note(seen, source, at=at)]


def note(seen: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what notes on a pull mirror that it was filled from its source."""
    # The source that it names is its owner's word.
    named = {names.REFLECTS: seen.annotations[names.REFLECTS], names.AUTO_REFLECTS: "False"}
    noted = {**seen.annotations, **_record(source, at), **named}
    return [
        replace_entries("labels", _pull_mirror_labels(seen)),
        replace_entries("annotations", noted),
    ]


def cede(seen: Metadata) -> Patch | None:
    """Return what leaves the fields of a pull mirror to those who apply it; None where it does.

    The API server notes whoever writes a field as its owner, and refuses what others apply to it.
    """
    if not seen.fields.withheld:
        return None
    left = ceded(seen.managed)
    return _relabelled(seen, [{"op": "add", "path": "/metadata/managedFields", "value": left}])


def replace_entries(field: str, entries: Mapping[str, str]) -> dict[str, Any]:
    """Set the labels or annotations of an object, those of others among them.

    Whole, since the patch is refused anyway when anybody wrote them meanwhile. An operation on one
    that was just taken away would be refused as invalid instead, which says something else.
    """
    return {"op": "add", "path": f"/metadata/{field}", "value": dict(entries)}


def _marked(step: Step, seen: Metadata) -> Operations:
    """Change of an object what says that it is a source, or was one."""
    if step.op is Op.PROMOTE:
        return _promoted(seen)
    if step.op is Op.SUCCEED:
        return [replace_entries("annotations", without(seen.annotations, [names.SUCCEEDS]))]
    return _indexed(step, seen)


def _promoted(seen: Metadata) -> Operations:
    """Leave of a mirror what its owner made of it, and note the source that it had."""
    is_managed = seen.labels.get(names.MANAGED_BY) == names.MANAGER
    ours = [names.SOURCE, names.EDITED, *([names.MANAGED_BY] if is_managed else ())]
    labels = without(seen.labels, ours)
    annotations = without(seen.annotations, [*RECORD, names.SUCCEEDS])
    if before := predecessor_of(seen):
        annotations[names.SUCCEEDS] = before.path
    return [
        replace_entries("labels", {**labels, names.ROLE: names.ROLE_SOURCE}),
        replace_entries("annotations", annotations),
    ]


def _succession(seen: Metadata, source: Source) -> dict[str, str]:
    """Say from which source a mirror is taken over, as that is none any more."""
    record = record_of(seen)
    is_inherited = record is not None and record.source == source.predecessor
    return {names.SUCCEEDS: record.source.path} if record and is_inherited else {}


def _placed(ref: Ref) -> dict[str, Any]:
    """Note on a mirror where it is, once its annotations are there."""
    name = names.PLACE.replace("/", "~1")
    return {"op": "add", "path": f"/metadata/annotations/{name}", "value": place_of(ref)}


def _indexed(step: Step, seen: Metadata) -> Operations:
    if step.declared:
        return [replace_entries("labels", _pull_mirror_labels(seen))]
    labels = without(seen.labels, [names.ROLE])
    if step.op is Op.INDEX:
        labels[names.ROLE] = names.ROLE_SOURCE
    return [replace_entries("labels", labels)]


def _pull_mirror_labels(seen: Metadata) -> dict[str, str]:
    return {**without(seen.labels, [names.EDITED]), **pull_mirror_labels(seen)}


def _replace_content(seen: Metadata, content: Content, *, whole: bool = False) -> Operations:
    held = _held(seen)
    is_told = seen.fields.is_told and not seen.fields.is_applied and not whole
    return [
        {"op": "add", "path": f"/{name}", "value": values}
        for name, values in content.fields.items()
        if values or name in held or name == "data" or not is_told
    ]


def _reassigned(there: Object, content: Content) -> dict[str, Any]:
    entries = reassigned(there.managed_fields, content.keys, immutable=content.immutable)
    return {"op": "add", "path": "/metadata/managedFields", "value": entries}


def _held(seen: Metadata) -> frozenset[str]:
    return frozenset(key.partition("/")[0] for key in seen.fields.keys)


def _replace_kind_of_content(seen: Metadata, content: Content) -> Operations:
    operations: Operations = []
    if content.type:
        operations.append({"op": "add", "path": "/type", "value": content.type})
    if content.immutable:
        operations.append({"op": "add", "path": "/immutable", "value": True})
    elif seen.fields.may_be_immutable or not seen.fields.is_told:
        # Refused where it is immutable, so that it is made anew.
        operations.append({"op": "add", "path": "/immutable", "value": None})
    return operations


def _record(source: Source, at: str) -> dict[str, str]:
    content = _read(source)
    return {
        names.REFLECTS: source.ref.path,
        names.AUTO_REFLECTS: "True",
        names.REFLECTED_VERSION: source.metadata.resource_version if source.metadata else "",
        names.REFLECTED_AT: at,
        names.CONTENT_HASH: content.hash,
    }


def _read(source: Source) -> Content:
    if source.content is None:
        raise AssertionError(f"a write of the content of {source.ref}, which was not read")
    return source.content


_OPENING: Final = b'[{"op": "replace", "path": "/metadata/resourceVersion", "value": '


def _relabelled(seen: Metadata, operations: Operations) -> Patch:
    """Make the change of an object's metadata alone."""
    return Patch(seen, _locked(seen, _serialized(operations)))


def _locked(seen: Metadata, tail: bytes) -> bytes:
    """Make a patch that is refused unless the object is still what was seen."""
    return b"%b%b}, %b]" % (_OPENING, _json(seen.resource_version), tail)


def _serialized(operations: Operations) -> bytes:
    return _joined(*map(_json, operations))


def _joined(*operations: bytes) -> bytes:
    return b", ".join(operations)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
