"""Records: what a mirror says of itself."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring import names
from mirroring.objects.references import LONGEST_PATH, Ref, is_namespace_name, is_object_name

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind

# All that an automatic mirror says of itself in annotations.
RECORD: Final = (
    names.REFLECTS,
    names.AUTO_REFLECTS,
    names.REFLECTED_VERSION,
    names.REFLECTED_AT,
    names.CONTENT_HASH,
    names.COPIED,
    names.PLACE,
    names.REPAIRS,
    names.STUB_HASH,
)

_LONGEST_PATH: Final = 2 * LONGEST_PATH  # characters, with blanks around it and its slash
_LONGEST_WORD: Final = 64  # characters
# Of Unicode's; Python takes the separators of ASCII for such, too.
_BLANKS: Final = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)


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

    The record of an automatic mirror counts only where it was written: whoever copies a mirror,
    annotations and all, has an object of their own. Nor does it count any more where somebody wrote
    `reflection-allowed` beside it, and so made a source of the mirror.
    """
    record = _written_on(found)
    if record and record.automatic and (is_copy(found) or permits_mirrors(found)):
        return None
    return record


def names_a_source(found: Metadata) -> bool:
    """Whether an object names a source, be it a mirror of that or not."""
    return _written_on(found) is not None


def permits_mirrors(found: Metadata) -> bool:
    """Whether an object's owner wrote on it that it may have mirrors."""
    return is_true(found.annotations.get(names.ALLOWED))


def is_copy(found: Metadata) -> bool:
    """Whether an object names another place than its own: it was copied from a mirror there.

    What Reflector wrote, and kn-mirror 1.0, names none.
    """
    return bool(found.place)


def is_displaced(found: Metadata) -> bool:
    """Whether an object is a mirror that its owner made a source of; its record is still on it."""
    record = _written_on(found)
    is_mirror = record is not None and record.automatic and not is_copy(found)
    return is_mirror and permits_mirrors(found)


def predecessor_of(found: Metadata) -> Ref | None:
    """Name the source that a source mirrored before it became one; None when it was no mirror."""
    if not permits_mirrors(found):
        return None
    if is_displaced(found):
        record = _written_on(found)
    else:
        record = _record(found.ref.kind, "", found.annotations.get(names.SUCCEEDS, ""), "", "")
    is_elsewhere = record is not None and record.source.namespace != found.ref.namespace
    return record.source if record and is_elsewhere else None


def may_go_on_with(heir: Metadata, mirror: Metadata) -> bool:
    """Whether a source may go on with a mirror of the one whose mirror it says it was.

    Anybody may write a record, so that alone proves nothing: it has to have held what the mirror
    holds, by a hash that none knows who never saw it. When kn-mirror takes the record off it notes
    whom the source succeeds, which nobody else writes, by the policy `guard`.
    """
    if heir.ref.name != mirror.ref.name:
        return False
    held = heir.annotations.get(names.CONTENT_HASH, "")
    is_known = held != "" and held == mirror.annotations.get(names.CONTENT_HASH)
    return is_known or not is_displaced(heir)


def _written_on(found: Metadata) -> MirrorRecord | None:
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


def _record(
    kind: Kind, own_namespace: str, path: str, automatic: str, version: str
) -> MirrorRecord | None:
    """Read it of what was written, of which no more is held than can be meant."""
    if len(path) > _LONGEST_PATH:
        return None
    return _read(kind, own_namespace, path, automatic[:_LONGEST_WORD], version[:_LONGEST_WORD])


# One fan-out writes the same record to thousands of mirrors.
@lru_cache(maxsize=4096)
def _read(
    kind: Kind, own_namespace: str, path: str, automatic: str, version: str
) -> MirrorRecord | None:
    before, slash, after = map(trimmed, path.partition("/"))
    namespace, name = (before, after) if slash else (own_namespace, before)
    if not (is_namespace_name(namespace) and is_object_name(name)):
        return None
    return MirrorRecord(Ref(kind, namespace, name), is_true(automatic), trimmed(version))


def is_true(value: str | None) -> bool:
    """Read a boolean as .NET's `bool.Parse` does: `true` in any case, trimmed; no error."""
    return trimmed(value or "").lower() == "true"


def trimmed(text: str) -> str:
    """Take blanks off both ends: what the policy `guard` takes for such, and nothing else.

    Else it would refuse what is written of an object that is a mirror here alone.
    """
    return text.strip(_BLANKS)


def is_declared(found: Metadata, source: Ref | None = None) -> bool:
    """Whether its owner declared the object a mirror, of this source if one is given."""
    record = record_of(found)
    return record is not None and not record.automatic and source in {None, record.source}


@lru_cache(maxsize=4096)
def source_label(source: Ref) -> str:
    """Name a source in a label's value, which is too short for its names."""
    return sha256(f"{source.kind}/{source.path}".encode()).hexdigest()[:32]
