"""Claims: whose an object is, by what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring import names
from mirroring.ownership.records import bookkeeping, source_label
from mirroring.verdicts import Verdict, no, yes

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref


def prove_ours(metadata: Metadata, source: Ref) -> Verdict:
    """Decide whether an object is proven to be the mirror that is kept of `source`.

    The proof is bookkeeping, ours or Reflector's, that names exactly this source, where its mirror
    would be; at another name than the source's it is ours alone, with our labels. cert-manager
    takes any Secret that has the name of a Certificate's, a mirror too: then it is no longer ours.
    What is not proven is neither written nor deleted.
    """
    kept = bookkeeping(metadata)
    if metadata.ref.namespace == source.namespace or not _is_named_for(metadata, source):
        return no(f"{metadata.ref} is not where a mirror of {source.path} would be")
    if kept is None or kept.source != source:
        held = f"is a mirror of {kept.source.path}" if kept else f"is not a mirror of {source.path}"
        remedy = f"To let kn-mirror take it over, annotate it {names.ADOPT}={source.path}."
        return no(f"{metadata.ref} {held}. It was left as it is. {remedy}")
    if not kept.auto:
        return no(
            f"{metadata.ref} mirrors {source.path} by its owner's word, and stays the owner's"
        )
    certificate = metadata.annotations.get(names.CERTIFICATE)
    if certificate and not _is_handed_over(metadata, source):
        # cert-manager would issue another one after each repair, without end.
        return no(
            f"{metadata.ref} is what cert-manager issued for Certificate {certificate}. It was left"
            " as it is. To have the mirror back, give that Certificate another secretName, or"
            " delete it, and then delete the Secret."
        )
    return yes(f"{metadata.ref} is a mirror of {source.path}")


def _is_named_for(metadata: Metadata, source: Ref) -> bool:
    return metadata.ref.name == source.name or (
        metadata.labels.get(names.MANAGED_BY) == names.MANAGER
        and metadata.labels.get(names.SOURCE) == source_label(source)
    )


def may_write(metadata: Metadata, source: Ref) -> Verdict:
    """Decide whether an object of a mirror's name may be written: it is ours, or handed over.

    Being handed over is no permission to delete: until it was written once, it holds what its
    owner put there.
    """
    proof = prove_ours(metadata, source)
    if metadata.ref.namespace != source.namespace and _is_handed_over(metadata, source):
        return yes(f"{metadata.ref} is handed over to {source.path} by its owner")
    return proof


def _is_handed_over(metadata: Metadata, source: Ref) -> bool:
    return metadata.annotations.get(names.ADOPT, "").strip() == source.path
