"""Claims: whose an object is, by what it says of itself.

The policy `guard` holds what kn-mirror's accounts write to the same table.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.references import LONGEST_NAME
from mirroring.ownership.records import (
    is_copy,
    is_displaced,
    permits_mirrors,
    predecessor_of,
    record_of,
    source_label,
    trimmed,
)

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.ownership.records import MirrorRecord


class Standing(Enum):
    """Whose an object is, as seen from one source."""

    OWNED = "owned"
    INHERITED = "inherited"
    OUTRANKED = "outranked"
    ADOPTED = "adopted"
    DECLARED = "declared"
    CONTROLLED = "controlled"
    DISPLACED = "displaced"
    OTHER_SOURCE = "another source's"
    FOREIGN = "foreign"


_WRITABLE: Final = (Standing.OWNED, Standing.INHERITED, Standing.OUTRANKED, Standing.ADOPTED)


class Claim(NamedTuple):
    """What a source's mirroring may do to an object, and why.

    Args:
        standing: whose it is.
        because: why.
        code: of that.
        rival: the source whose automatic mirror it is instead.
    """

    standing: Standing
    because: str
    code: Code
    rival: Ref | None = None

    @property
    def may_update(self) -> bool:
        """Whether it may be written as the source's automatic mirror."""
        return self.standing in _WRITABLE

    @property
    def may_delete(self) -> bool:
        """Whether it may be deleted: what was adopted holds its owner's content until written."""
        return self.standing is Standing.OWNED


_OWNED: Final = Claim(Standing.OWNED, "its record names the source", Code.ITS_MIRROR)


def claim(
    found: Metadata, source: Ref, *, heir_of: Ref | None = None, over: Ref | None = None
) -> Claim:
    """Decide whose an object is: the proof that a source's mirroring needs to write or delete it.

    The proof is a record that names exactly this source, and the very place where the object is.
    Reflector's records, and those of kn-mirror 1.0, name no place: they count at the source's name,
    and at another with our labels. It is no proof any more where a controller says that the object
    is its own, as cert-manager does by an annotation.

    Args:
        found: the object.
        source: as seen from which.
        heir_of: the source that this one succeeds, where that is none any more.
        over: the source that this one comes before, and takes the place from.
    """
    if found.ref.namespace == source.namespace:
        return Claim(Standing.FOREIGN, _elsewhere(found, source), Code.ELSEWHERE)
    if permits_mirrors(found) and (others := _claim_displaced(found, source)):
        return others
    record = record_of(found)
    is_ours = record is not None and record.automatic and _is_proven(found, record.source)
    adopted = trimmed(found.annotations.get(names.ADOPT, "")) == source.path
    if record and is_ours and not adopted and record.source in {source, heir_of, over}:
        return _claim_own(found, record, source, over)
    if adopted and may_be_handed_over(found):
        return _OWNED if record and is_ours and record.source == source else _adopted(found, source)
    return _claim_others(found, source, record)


def may_be_handed_over(found: Metadata) -> bool:
    """Whether its owner's word can make a mirror of an object: of a source it makes none."""
    return not permits_mirrors(found)


def _claim_displaced(found: Metadata, source: Ref) -> Claim | None:
    if is_displaced(found) or predecessor_of(found) == source:
        because = (
            f"{found.ref} is a source of its own: its owner wrote {names.ALLOWED} on it. It was "
            "left as it is. To have the mirror back, take that annotation off and delete it."
        )
        return Claim(Standing.DISPLACED, because, Code.A_SOURCE_ITSELF)
    return None


def _claim_own(found: Metadata, record: MirrorRecord, source: Ref, over: Ref | None) -> Claim:
    certificate = found.annotations.get(names.CERTIFICATE, "")[:LONGEST_NAME]
    if certificate:
        # cert-manager would issue another one after each repair, without end.
        because = (
            f"{found.ref} is what cert-manager issued for Certificate {certificate}. It was left "
            "as it is. To have the mirror back, give that Certificate another secretName, or "
            "delete it, and then delete the Secret."
        )
        return Claim(Standing.CONTROLLED, because, Code.CERTIFICATES)
    if found.controller:
        because = (
            f"{found.ref} is controlled by {found.controller} now. It was left as it is. To have "
            "the mirror back, give that another target, and then delete the object."
        )
        return Claim(Standing.CONTROLLED, because, Code.CONTROLLED)
    if record.source == over:
        outranked = f"{source.path} comes before {over.path}"
        return Claim(Standing.OUTRANKED, outranked, Code.OUTRANKS)
    if record.source != source:
        inherited = f"{source.path} succeeds {record.source.path}, which is no source any more"
        return Claim(Standing.INHERITED, inherited, Code.INHERITED)
    return _OWNED


def _adopted(found: Metadata, source: Ref) -> Claim:
    because = f"{found.ref} is handed over to {source.path} by its owner"
    return Claim(Standing.ADOPTED, because, Code.HANDED_OVER)


def _claim_others(found: Metadata, source: Ref, record: MirrorRecord | None) -> Claim:
    if record and record.source == source and not record.automatic:
        declared = f"{found.ref} is a pull mirror of {source.path}, declared by its owner"
        because = f"{declared}; kn-mirror never deletes it"
        return Claim(Standing.DECLARED, because, Code.DECLARED)
    before = "" if may_be_handed_over(found) else f"take {names.ALLOWED} off it and "
    # Nothing wakes for an annotation on what is no mirror.
    remedy = (
        f"To let kn-mirror take it over, {before}annotate it {names.ADOPT}={source.path}, and then "
        f"run `kubectl mirror sync {source.path}` or wait for the next tick."
    )
    if record and record.source != source:
        held = f"{found.ref} is a mirror of {record.source.path}"
        rival = record.source if record.automatic else None
        because = f"{held}. It was left as it is. {remedy}"
        return Claim(Standing.OTHER_SOURCE, because, Code.ANOTHERS_MIRROR, rival)
    held, code = f"{found.ref} is not a mirror of {source.path}", Code.NO_MIRROR
    if is_copy(found):
        held, code = f"{found.ref} was copied from the mirror {found.place}", Code.A_COPY
    return Claim(Standing.FOREIGN, f"{held}. It was left as it is. {remedy}", code)


def _elsewhere(found: Metadata, source: Ref) -> str:
    return f"{found.ref} is not where a mirror of {source.path} would be"


def _is_proven(found: Metadata, source: Ref) -> bool:
    """Whether a record that counts proves that its object was made for the source that it names."""
    return (
        found.place is not None
        or found.ref.name == source.name
        or (
            found.labels.get(names.MANAGED_BY) == names.MANAGER
            and found.labels.get(names.SOURCE) == source_label(source)
        )
    )
