"""Copies: the labels and annotations that a mirror has of its source, beside those of others.

The mirror notes which they are, so that one which leaves the source leaves the mirror.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirroring.names import COPIED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata
    from mirroring.policies.sources import Source


@dataclass(frozen=True, slots=True)
class Entries:
    """The labels and annotations of an object."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def copied(source: Source) -> Entries:
    """Return what a new mirror gets."""
    labels, annotations = source.copied_labels, source.copied_annotations
    noted = {"labels": sorted(labels), "annotations": sorted(annotations)}
    note = {COPIED: json.dumps(noted)} if labels or annotations else {}
    return Entries(labels, annotations | note)


def with_copies(seen: Metadata, source: Source) -> Entries:
    """Return what a mirror has when its copies are those of its source as it is now."""
    noted, wanted = _noted(seen), copied(source)
    labels = _without(seen.labels, noted.get("labels"))
    annotations = _without(seen.annotations, [*(noted.get("annotations") or ()), COPIED])
    return Entries({**labels, **wanted.labels}, {**annotations, **wanted.annotations})


def copies_differ(seen: Metadata, source: Source) -> bool:
    """Whether a mirror's copies are not those of its source as it is now."""
    wanted = with_copies(seen, source)
    return wanted.labels != seen.labels or wanted.annotations != seen.annotations


def _noted(seen: Metadata) -> dict[str, Any]:
    try:
        noted = json.loads(seen.annotations.get(COPIED, "{}"))
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) else {}


def _without(entries: Mapping[str, str], names: Any) -> dict[str, str]:
    gone = names if isinstance(names, list) else []
    return {name: value for name, value in entries.items() if name not in gone}
