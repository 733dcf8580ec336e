"""Mirrors: what they carry, and how one is made, checked and brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirroring import names
from mirroring.objects.content import keys_hash
from mirroring.ownership.records import bookkeeping, source_label
from mirroring.planning.copies import copied, with_copies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.policies.sources import Source

Operations = list[dict[str, Any]]


def shortcoming(metadata: Metadata, source: Ref) -> str:
    """Say what a mirror lacks by its metadata, or nothing when it is as it was made."""
    expected = _labels(source)
    if any(metadata.labels.get(label) != value for label, value in expected.items()):
        return "its labels are not those of a mirror"
    if bookkeeping(metadata) is None or names.CONTENT_HASH not in metadata.annotations:
        return "kn-mirror has not written it yet"
    return ""


def suspicion(metadata: Metadata) -> str:
    """Say why a mirror's content may not be what was written last, or nothing."""
    if metadata.fields.foreign_manager:
        return f"{metadata.fields.foreign_manager} has changed its content"
    written = metadata.annotations[names.CONTENT_HASH]
    if not written.startswith(keys_hash(metadata.fields.keys)):
        return "its keys are not those that were written"
    return ""


def new_mirror(source: Source, namespace: str, *, at: str) -> dict[str, Any]:
    """Make the mirror of a source for a namespace, as the API takes it; `at` is in ISO 8601."""
    ref, entries = source.mirror_in(namespace), copied(source)
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": ref.kind.name,
        "metadata": {
            "name": ref.name,
            "namespace": ref.namespace,
            "labels": {**entries.labels, **_labels(source.ref)},
            "annotations": {**entries.annotations, **_annotations(source, at)},
        },
    }
    body |= {name: values for name, values in source.content.fields.items() if values}
    if source.content.type:
        body["type"] = source.content.type
    if source.content.immutable:
        body["immutable"] = True
    return body


def update_mirror(seen: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what brings a mirror in line with its source.

    Content is replaced whole, so that keys which left the source leave the mirror; labels and
    annotations of others stay.
    """
    entries = with_copies(seen, source)
    return [
        *replace_content(seen, source.content),
        *_replace_kind_of_content(source.content),
        replace_entries("labels", {**entries.labels, **_labels(source.ref)}),
        replace_entries("annotations", {**entries.annotations, **_annotations(source, at)}),
    ]


def replace_content(seen: Metadata, content: Content) -> Operations:
    """Say, as a JSON Patch, what gives an object exactly these keys and values."""
    held = {key.partition("/")[0] for key in seen.fields.keys}
    return [
        {"op": "add", "path": f"/{name}", "value": values}
        for name, values in content.fields.items()
        if values or name in held or name == "data"
    ]


def _replace_kind_of_content(content: Content) -> Operations:
    operations: Operations = []
    if content.type:
        operations.append({"op": "add", "path": "/type", "value": content.type})
    if content.immutable:
        operations.append({"op": "add", "path": "/immutable", "value": True})
    return operations


def replace_entries(field: str, entries: Mapping[str, str]) -> dict[str, Any]:
    """Set the labels or annotations of an object, those of others among them.

    Whole, since the patch is refused anyway when anybody wrote them meanwhile. An operation on one
    that was just taken away would be refused as invalid instead, which says something else.
    """
    return {"op": "add", "path": f"/metadata/{field}", "value": dict(entries)}


def _labels(source: Ref) -> dict[str, str]:
    return {
        names.MANAGED_BY: names.MANAGER,
        names.ROLE: names.ROLE_MIRROR,
        names.SOURCE: source_label(source),
    }


def _annotations(source: Source, at: str) -> dict[str, str]:
    return {
        names.REFLECTS: source.ref.path,
        names.AUTO_REFLECTS: "True",
        names.REFLECTED_VERSION: source.metadata.resource_version,
        names.REFLECTED_AT: at,
        names.CONTENT_HASH: source.content.hash,
    }
