"""Bookkeeping: what a mirror says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.objects.references import Ref, is_namespace_name, is_object_name

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What a mirror says of itself, in Reflector's annotations.

    Args:
        source: what it mirrors.
        auto: whether it was made unasked, so that it may be deleted unasked; else its owner made
            it.
        version: the source's resourceVersion at the last write, empty when there was none.
    """

    source: Ref
    auto: bool
    version: str


def bookkeeping(metadata: Metadata) -> Bookkeeping | None:
    """Read a mirror's bookkeeping; None when the object is no mirror.

    Reflector takes `namespace/name`, with blanks around either; anything else makes the object no
    mirror. A bare `name` is in the mirror's own namespace, as it was until Reflector 7.
    """
    path = metadata.annotations.get(names.REFLECTS, "")
    namespace, name = _split(path, metadata.ref.namespace)
    if not (is_namespace_name(namespace) and is_object_name(name)):
        return None
    return Bookkeeping(
        source=Ref(metadata.ref.kind, namespace, name),
        auto=metadata.annotations.get(names.AUTO_REFLECTS, "").strip().lower() == "true",
        version=metadata.annotations.get(names.REFLECTED_VERSION, "").strip(),
    )


def is_pull_mirror(metadata: Metadata, source: Ref | None = None) -> bool:
    """Whether the object is a mirror by its owner's word, of this source if one is given."""
    kept = bookkeeping(metadata)
    return kept is not None and not kept.auto and source in {None, kept.source}


def _split(path: str, own_namespace: str) -> tuple[str, str]:
    before, slash, after = (part.strip() for part in path.partition("/"))
    return (before, after) if slash else (own_namespace, before)


def source_label(source: Ref) -> str:
    """Name a source in a label's value, which is too short for its names."""
    return sha256(f"{source.kind}/{source.path}".encode()).hexdigest()[:32]
