"""Claims: whose an object is, by what it says of itself."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring import names
from mirroring.ownership.records import record_of, source_label

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.ownership.records import MirrorRecord


class Standing(Enum):
    """Whose an object is, as seen from one source."""

    OWNED = "owned"
    ADOPTED = "adopted"
    DECLARED = "declared"
    CONTROLLED = "controlled"
    OTHER_SOURCE = "another source's"
    FOREIGN = "foreign"


class Claim(NamedTuple):
    """What a source's mirroring may do to an object, and why."""

    standing: Standing
    because: str

    @property
    def may_update(self) -> bool:
        """Whether it may be written as the source's automatic mirror."""
        return self.standing is Standing.OWNED or self.standing is Standing.ADOPTED

    @property
    def may_delete(self) -> bool:
        """Whether it may be deleted: what was adopted holds its owner's content until written."""
        return self.standing is Standing.OWNED


_OWNED: Final = Claim(Standing.OWNED, "its record names the source")


def claim(found: Metadata, source: Ref) -> Claim:
    """Decide whose an object is: the proof that a source's mirroring needs to write or delete it.

    The proof is a record, ours or Reflector's, that names exactly this source, where its mirror
    would be; at another name than the source's it is ours alone, with our labels. cert-manager
    takes any Secret that has the name of a Certificate's, a mirror too: then it is no longer ours.
    """
    record = record_of(found)
    if found.ref.namespace == source.namespace:
        return Claim(Standing.FOREIGN, _elsewhere(found, source))
    adopted = found.annotations.get(names.ADOPT, "").strip() == source.path
    if record and record.source == source and record.automatic and _is_named_for(found, source):
        return _claim_own(found, adopted=adopted)
    if adopted:
        return Claim(Standing.ADOPTED, f"{found.ref} is handed over to {source.path} by its owner")
    return _claim_others(found, source, record)


def _claim_own(found: Metadata, *, adopted: bool) -> Claim:
    certificate = found.annotations.get(names.CERTIFICATE)
    if not certificate or adopted:
        return _OWNED
    # cert-manager would issue another one after each repair, without end.
    because = (
        f"{found.ref} is what cert-manager issued for Certificate {certificate}. It was left as it "
        "is. To have the mirror back, give that Certificate another secretName, or delete it, and "
        "then delete the Secret."
    )
    return Claim(Standing.CONTROLLED, because)


def _claim_others(found: Metadata, source: Ref, record: MirrorRecord | None) -> Claim:
    if record and record.source == source and not record.automatic:
        because = f"{found.ref} is a pull mirror of {source.path}, declared by its owner"
        return Claim(Standing.DECLARED, f"{because}; kn-mirror never deletes it")
    remedy = f"To let kn-mirror take it over, annotate it {names.ADOPT}={source.path}."
    if record and record.source != source:
        held = f"{found.ref} is a mirror of {record.source.path}"
        return Claim(Standing.OTHER_SOURCE, f"{held}. It was left as it is. {remedy}")
    held = f"{found.ref} is not a mirror of {source.path}"
    return Claim(Standing.FOREIGN, f"{held}. It was left as it is. {remedy}")


def _elsewhere(found: Metadata, source: Ref) -> str:
    return f"{found.ref} is not where a mirror of {source.path} would be"


def _is_named_for(found: Metadata, source: Ref) -> bool:
    return found.ref.name == source.name or (
        found.labels.get(names.MANAGED_BY) == names.MANAGER
        and found.labels.get(names.SOURCE) == source_label(source)
    )
