"""Copies: the labels and annotations that a mirror has of its source, beside those of others.

The mirror notes which they are, so that one which leaves the source leaves the mirror.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mirroring.names import COPIED, EDITED
from mirroring.policies.metadata_filters import Accepted, Copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.policies.sources import Source


# Names are all that is noted, and no more is copied than 16 KiB of labels and of annotations.
_LONGEST: Final = 64 * 1024  # characters


class Entries(NamedTuple):
    """The labels and annotations of an object."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def seen_from(namespace: Namespace, source: Source, found: Metadata | None) -> Source:
    """Return a source with what its mirror in a namespace gets of its labels and annotations.

    What a mirror has already it keeps: it was copied before anybody was asked.
    """
    if not source.projection.copies or namespace.names(source.ref):
        return source
    accepted = Accepted.WORDS if namespace.trusting else Accepted.NOTHING
    noted = _noted(found) if found else {}
    projection = source.projection
    copies = Copies(
        projection.labels.within(accepted, _names(noted, "labels")),
        projection.annotations.within(accepted, _names(noted, "annotations")),
    )
    return copying(source, copies)


def copying(source: Source, copies: Copies) -> Source:
    """Return a source of which mirrors get other labels and annotations."""
    return replace(source, projection=source.projection.copying(copies))


def copied(source: Source) -> Entries:
    """Return what a new mirror gets."""
    labels, annotations = source.copied_labels, source.copied_annotations
    noted = {"labels": sorted(labels), "annotations": sorted(annotations)}
    note = {COPIED: json.dumps(noted)} if labels or annotations else {}
    return Entries(labels, annotations | note)


def with_copies(seen: Metadata, source: Source) -> Entries:
    """Return what a mirror has when its copies are those of its source as it is now."""
    noted, wanted = _noted(seen), copied(source)
    labels = without(seen.labels, [*_names(noted, "labels"), EDITED])
    annotations = without(seen.annotations, [*_names(noted, "annotations"), COPIED])
    return Entries({**labels, **wanted.labels}, {**annotations, **wanted.annotations})


def copies_differ(seen: Metadata, source: Source) -> bool:
    """Whether a mirror's copies are not those of its source as it is now."""
    if not source.projection.copies and COPIED not in seen.annotations:
        return False
    if source.withheld is None:
        # By its content alone it is known what is not copied; of this version it was, when the
        # mirror was written.
        noted = _names(_noted(seen), "annotations")
        source = replace(source, withheld=frozenset(without(source.copied_annotations, noted)))
    wanted = with_copies(seen, source)
    labels = without(seen.labels, [EDITED])
    return wanted.labels != labels or wanted.annotations != seen.annotations


def lost_copies(seen: Metadata) -> str:
    """Name a label or annotation that was copied and is not there any more, or nothing."""
    if COPIED not in seen.annotations:
        return ""
    noted = _noted(seen)
    lost = [
        *(name for name in _names(noted, "labels") if name not in seen.labels),
        *(name for name in _names(noted, "annotations") if name not in seen.annotations),
    ]
    return str(lost[0]) if lost else ""


def _noted(seen: Metadata) -> dict[str, Any]:
    text = seen.annotations.get(COPIED, "{}")
    if len(text) > _LONGEST:
        return {}
    try:
        noted = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _names(noted: Mapping[str, Any], side: str) -> list[str]:
    found = noted.get(side)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def without(entries: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return labels or annotations but for some."""
    names = frozenset(names)
    return {name: value for name, value in entries.items() if name not in names}
