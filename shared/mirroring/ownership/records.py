"""Records: what a mirror says of itself."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from mirroring import names
from mirroring.objects.references import Ref, is_namespace_name, is_object_name

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind


class MirrorRecord(NamedTuple):
    """What a mirror says of itself, in Reflector's annotations.

    Args:
        source: what it mirrors.
        automatic: whether kn-mirror made it, so that kn-mirror may delete it; else its owner did.
        version: the source's resourceVersion at the last write, empty when there was none.
    """

    source: Ref
    automatic: bool
    version: str


def record_of(found: Metadata) -> MirrorRecord | None:
    """Read a mirror's record; None when the object is no mirror.

    Reflector takes `namespace/name`, with blanks around either; anything else makes the object no
    mirror. A bare `name` is in the mirror's own namespace, as it was until Reflector 7.
    """
    path = found.annotations.get(names.REFLECTS, "")
    if not path:
        return None
    return _record(
        found.ref.kind,
        found.ref.namespace if "/" not in path else "",
        path,
        found.annotations.get(names.AUTO_REFLECTS, ""),
        found.annotations.get(names.REFLECTED_VERSION, ""),
    )


# One fan-out writes the same record to thousands of mirrors.
@lru_cache(maxsize=4096)
def _record(
    kind: Kind, own_namespace: str, path: str, automatic: str, version: str
) -> MirrorRecord | None:
    before, slash, after = (part.strip() for part in path.partition("/"))
    namespace, name = (before, after) if slash else (own_namespace, before)
    if not (is_namespace_name(namespace) and is_object_name(name)):
        return None
    is_automatic = automatic.strip().lower() == "true"
    return MirrorRecord(Ref(kind, namespace, name), is_automatic, version.strip())


def is_declared(found: Metadata, source: Ref | None = None) -> bool:
    """Whether its owner declared the object a mirror, of this source if one is given."""
    record = record_of(found)
    return record is not None and not record.automatic and source in {None, record.source}


@lru_cache(maxsize=4096)
def source_label(source: Ref) -> str:
    """Name a source in a label's value, which is too short for its names."""
    return sha256(f"{source.kind}/{source.path}".encode()).hexdigest()[:32]
