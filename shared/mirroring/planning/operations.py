"""Operations: what is written of labels, annotations and content, for a mirror and on objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mirroring import names
from mirroring.objects.field_owners import reassigned
from mirroring.objects.hash_keys import signer
from mirroring.objects.references import place_of
from mirroring.ownership.records import RECORD, record_of
from mirroring.planning import repairs
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


def new_mirror(source: Source, *, at: str) -> dict[str, Any]:
    """Make the mirror of a source, but for what says where it is; `at` is in ISO 8601."""
    entries, content = copied(source), content_of(source)
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
    entries, content = updated(seen, source, at), content_of(source)
    return [
        *_replace_content(seen, content, whole=whole),
        *_replace_kind_of_content(seen, content),
        replace_entries("labels", entries.labels),
        replace_entries("annotations", entries.annotations),
    ]


def updated(seen: Metadata, source: Source, at: str) -> Entries:
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
    return [*_replace_content(seen, content_of(source)), *note(seen, source, at=at)]


def note(seen: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what notes on a pull mirror that it was filled from its source."""
    # The source that it names is its owner's word.
    named = {names.REFLECTS: seen.annotations[names.REFLECTS], names.AUTO_REFLECTS: "False"}
    elsewhere = {names.PLACE: seen.place} if seen.place else {}
    noted = {**seen.annotations, **elsewhere, **_record(source, at), **named}
    return [
        replace_entries("labels", _pull_mirror_labels(seen)),
        replace_entries("annotations", noted),
    ]


def rekey(seen: Metadata, source: Source, *, at: str, repairs: str) -> Operations:
    """Say, as a JSON Patch, what notes on a mirror the hash of its content, signed anew.

    Args:
        seen: the mirror, whose content is the source's.
        source: read, content and all.
        at: the time to note, in ISO 8601.
        repairs: what is noted of how often it was put right.
    """
    annotations = {**seen.annotations, **_record(source, at), names.REPAIRS: repairs}
    return [replace_entries("annotations", annotations), placed(seen.ref)]


def rekey_declared(seen: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what notes the same on a pull mirror, and of its owner's stub."""
    stub = seen.annotations.get(names.STUB_HASH, "")
    if stub and not signer(stub):
        signed = {names.STUB_HASH: source.hash_keys.sign(stub, seen.ref)}
        seen = replace(seen, annotations={**seen.annotations, **signed})
    return note(seen, source, at=at)


def replace_entries(field: str, entries: Mapping[str, str]) -> dict[str, Any]:
    """Set the labels or annotations of an object, those of others among them.

    Whole, since the patch is refused anyway when anybody wrote them meanwhile. An operation on one
    that was just taken away would be refused as invalid instead, which says something else.
    """
    return {"op": "add", "path": f"/metadata/{field}", "value": dict(entries)}


def marked(step: Step, seen: Metadata) -> Operations:
    """Change of an object what says that it is a source, or was one."""
    if step.op is Op.PROMOTE:
        return _promoted(seen, step.succeeds)
    if step.op is Op.SUCCEED:
        return [{"op": "remove", "path": f"/metadata/annotations/{_escaped(names.SUCCEEDS)}"}]
    return _indexed(step, seen)


def _promoted(seen: Metadata, before: Ref | None) -> Operations:
    """Leave of a mirror what its owner made of it, and note the source that it had."""
    is_managed = seen.labels.get(names.MANAGED_BY) == names.MANAGER
    ours = [names.SOURCE, names.EDITED, *([names.MANAGED_BY] if is_managed else ())]
    labels = without(seen.labels, ours)
    annotations = without(seen.annotations, [*RECORD, names.SUCCEEDS])
    if before:
        annotations[names.SUCCEEDS] = before.path
    return [
        replace_entries("labels", {**labels, names.ROLE: names.ROLE_SOURCE}),
        replace_entries("annotations", annotations),
    ]


def _succession(seen: Metadata, source: Source) -> dict[str, str]:
    """Say from which source a mirror is taken over, unless its owner handed it over."""
    record = record_of(seen)
    if record is None or not record.automatic or record.source == source.ref:
        return {}
    is_adopted = seen.annotations.get(names.ADOPT, "").strip() == source.ref.path
    return {} if is_adopted else {names.SUCCEEDS: record.source.path}


def placed(ref: Ref) -> dict[str, Any]:
    """Note on a mirror where it is, once its annotations are there."""
    path = f"/metadata/annotations/{_escaped(names.PLACE)}"
    return {"op": "add", "path": path, "value": place_of(ref)}


def _escaped(name: str) -> str:
    return name.replace("/", "~1")


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


def reassignment(there: Object, content: Content) -> dict[str, Any]:
    """Say that kn-mirror alone wrote the content of a mirror that was read."""
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
    content_of(source)
    return {
        names.REFLECTS: source.ref.path,
        names.AUTO_REFLECTS: "True",
        names.REFLECTED_VERSION: source.metadata.resource_version if source.metadata else "",
        names.REFLECTED_AT: at,
        names.CONTENT_HASH: source.content_hash,
    }


def content_of(source: Source) -> Content:
    """Return what a source holds, which has to be read before anything of it is written."""
    if source.content is None:
        raise AssertionError(f"a write of the content of {source.ref}, which was not read")
    return source.content
