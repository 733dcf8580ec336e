"""Manifests: what is written, as the API server takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from mirroring.objects.changes import Change, Delete, Patch, Post
from mirroring.objects.field_trees import ceded
from mirroring.objects.references import place_of
from mirroring.planning import drift, repairs
from mirroring.planning.copies import copying, without
from mirroring.planning.operations import (
    Operations,
    content_of,
    fill_mirror,
    marked,
    new_mirror,
    note,
    placed,
    reassignment,
    rekey,
    rekey_declared,
    replace_entries,
    update_mirror,
    updated,
)
from mirroring.planning.steps import Op
from mirroring.policies.metadata_filters import speaks_of_content

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.metadata_filters import Copies
    from mirroring.policies.sources import Source


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
                    tail = _joined(tail, _json(placed(seen.ref)))
                content, tells = content_of(self.source), step.declared
                return Patch(seen, _locked(seen, tail), content, tells=tells)
            case Op.DELETE if seen:
                return Delete(seen)
            case Op.CEDE | Op.REKEY if seen:
                is_ceded = step.op is Op.CEDE
                return cede(seen) if is_ceded else self._rekeyed(seen, declared=step.declared)
            case Op.NOTE | Op.INDEX | Op.UNINDEX | Op.PROMOTE | Op.SUCCEED if seen:
                return _relabelled(seen, self._notes(step, seen))
        return None

    def repaired(self, there: Object) -> Patch:
        """Return what puts a mirror right that was read: who else wrote it is forgotten."""
        seen, content = there.metadata, content_of(self.source)
        operations = [
            *update_mirror(seen, self.source, at=self.at, whole=True),
            placed(seen.ref),
            reassignment(there, content),
        ]
        return Patch(seen, _locked(seen, _serialized(operations)), content)

    def touched(self, there: Object) -> Patch | None:
        """Return what says of a mirror that was read that it is as it has to be.

        So it need not be read again, whoever wrote it. None where it was said too often of late.
        """
        seen = there.metadata
        noted = repairs.touched(self.source, seen, self.at)
        if noted is None:
            return None
        annotations = {
            **seen.annotations,
            names.REFLECTED_AT: self.at,
            names.REPAIRS: noted,
            names.CONTENT_HASH: self.source.content_hash,
        }
        operations = [
            replace_entries("labels", without(seen.labels, [names.EDITED])),
            replace_entries("annotations", annotations),
            placed(seen.ref),
            reassignment(there, there.content),
        ]
        return _relabelled(seen, operations)

    def _rekeyed(self, seen: Metadata, *, declared: bool) -> Patch | None:
        """Return what notes a mirror's hash signed anew; None where it was touched too often."""
        if declared:
            return _relabelled(seen, rekey_declared(seen, self.source, at=self.at))
        noted = repairs.touched(self.source, seen, self.at)
        if noted is None:
            return None
        return _relabelled(seen, rekey(seen, self.source, at=self.at, repairs=noted))

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
        return Post(ref, body, content_of(self.source))

    def anew(self, seen: Metadata) -> Post:
        """Return what makes a mirror in the place of one that no update can put right."""
        return Post(seen.ref, self._anew(seen, seen.ref), content_of(self.source))

    def rehearsal(self, seen: Metadata) -> Post:
        """Return what asks whether a mirror could be made anew, while it is still there."""
        digits = sha256(str(seen.ref).encode()).hexdigest()[:8]
        ref = seen.ref._replace(name=f"{seen.ref.name[:200].rstrip('-.')}-{digits}")
        return Post(ref, self._anew(seen, ref), content_of(self.source), is_rehearsal=True)

    def _anew(self, seen: Metadata, ref: Ref) -> bytes:
        body = new_mirror(self.source, at=self.at)
        entries = updated(seen, self.source, self.at)
        # An update leaves these to others; of a new object they would be kn-mirror's word.
        labels, annotations = (
            {name: value for name, value in each.items() if not speaks_of_content(name)}
            for each in entries
        )
        annotations[names.PLACE] = place_of(ref)
        written = {"name": ref.name, "labels": labels, "annotations": annotations}
        return _json({**body, "metadata": written})

    def _notes(self, step: Step, seen: Metadata) -> Operations:
        if step.op is Op.NOTE:
            return note(seen, self.source, at=self.at)
        return marked(step, seen)

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
            seen.place,
            seen.fields,
        )
        tail = self._tails.get(key)
        if tail is None:
            make = fill_mirror if declared else update_mirror
            tail = self._tails[key] = _serialized(make(seen, self.source, at=self.at))
        return tail


@dataclass(frozen=True, repr=False)
class Manifests:
    """The manifests of a source: one for each set of labels and annotations that mirrors get.

    Args:
        source: as of `Manifest`.
        at: likewise.
    """

    source: Source
    at: str
    _made: dict[Copies | None, Manifest] = field(default_factory=dict)

    def of(self, step: Step) -> Manifest:
        """Return the manifest of what a step writes."""
        if step.copies not in self._made:
            source = copying(self.source, step.copies) if step.copies else self.source
            self._made[step.copies] = Manifest(source, self.at)
        return self._made[step.copies]


def cede(seen: Metadata) -> Patch | None:
    """Return what leaves the fields of a pull mirror to those who apply it; None where it does.

    The API server notes whoever writes a field as its owner, and refuses what others apply to it.
    """
    if not seen.fields.withheld:
        return None
    left = ceded(seen.managed)
    return _relabelled(seen, [{"op": "add", "path": "/metadata/managedFields", "value": left}])


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
