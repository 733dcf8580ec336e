"""Bookkeeping: what a mirror says of itself, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mirroring import vocabulary
from mirroring.references import Ref, is_namespace_name, is_object_name
from mirroring.verdicts import Verdict, no, yes

if TYPE_CHECKING:
    from mirroring.objects import Metadata


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
    path = metadata.annotations.get(vocabulary.REFLECTS, "")
    namespace, name = _split(path, metadata.ref.namespace)
    if not (is_namespace_name(namespace) and is_object_name(name)):
        return None
    return Bookkeeping(
        source=Ref(metadata.ref.kind, namespace, name),
        auto=metadata.annotations.get(vocabulary.AUTO_REFLECTS, "").strip().lower() == "true",
        version=metadata.annotations.get(vocabulary.REFLECTED_VERSION, "").strip(),
    )


def is_pull_mirror(metadata: Metadata, source: Ref | None = None) -> bool:
    """Whether the object is a mirror by its owner's word, of this source if one is given."""
    kept = bookkeeping(metadata)
    return kept is not None and not kept.auto and source in {None, kept.source}


def _split(path: str, own_namespace: str) -> tuple[str, str]:
    before, slash, after = (part.strip() for part in path.partition("/"))
    return (before, after) if slash else (own_namespace, before)


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
        remedy = f"To let kn-mirror take it over, annotate it {vocabulary.ADOPT}={source.path}."
        return no(f"{metadata.ref} {held}. It was left as it is. {remedy}")
    if not kept.auto:
        return no(
            f"{metadata.ref} mirrors {source.path} by its owner's word, and stays the owner's"
        )
    certificate = metadata.annotations.get(vocabulary.CERTIFICATE)
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
        metadata.labels.get(vocabulary.MANAGED_BY) == vocabulary.MANAGER
        and metadata.labels.get(vocabulary.SOURCE) == source_label(source)
    )


def source_label(source: Ref) -> str:
    """Name a source in a label's value, which is too short for its names."""
    return sha256(f"{source.kind}/{source.path}".encode()).hexdigest()[:32]


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
    return metadata.annotations.get(vocabulary.ADOPT, "").strip() == source.path
