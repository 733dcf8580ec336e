"""Drift: how a mirror differs from what its source asks; yes means that it does not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.content import keys_hash
from mirroring.ownership.records import record_of, source_label
from mirroring.planning.copies import copies_differ, lost_copies
from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.ownership.records import MirrorRecord
    from mirroring.policies.sources import Source

IN_SYNC: Final = yes("its content is the source's", Code.IN_SYNC)
_AS_WRITTEN: Final = yes("it is as it was written", Code.IN_SYNC)
_keys_hash: Final = lru_cache(maxsize=1024)(keys_hash)


@lru_cache(maxsize=1024)
def mirror_labels(source: Ref) -> Mapping[str, str]:
    """Return the labels of a source's mirrors, by which they are found."""
    return {
        names.MANAGED_BY: names.MANAGER,
        names.ROLE: names.ROLE_MIRROR,
        names.SOURCE: source_label(source),
    }


def pull_mirror_labels(found: Metadata) -> Mapping[str, str]:
    """Return the labels of a pull mirror: what it is, and the source that its owner named."""
    record = record_of(found)
    named = {names.SOURCE: source_label(record.source)} if record else {}
    return {names.ROLE: names.ROLE_PULL_MIRROR, **named}


def of_labels(found: Metadata, source: Ref) -> Verdict:
    """Decide whether a mirror carries all that kn-mirror writes on one."""
    if not mirror_labels(source).items() <= found.labels.items():
        return no("its labels are not those of a mirror", Code.UNWRITTEN)
    if record_of(found) is None or names.CONTENT_HASH not in found.annotations:
        return no("kn-mirror has not written it yet", Code.UNWRITTEN)
    return _AS_WRITTEN


def is_indexed(found: Metadata) -> bool:
    """Whether a pull mirror carries the labels by which it is found."""
    return pull_mirror_labels(found).items() <= found.labels.items()


def of_index(found: Metadata) -> Verdict:
    """Decide whether a pull mirror carries the labels by which it is found, and nothing to do."""
    if not is_indexed(found):
        return no("its content is the source's; it had no label to be found by", Code.UNLABELLED)
    if names.CONTENT_HASH not in found.annotations:
        return no("its content is the source's; kn-mirror has not noted it yet", Code.UNLABELLED)
    return IN_SYNC


def of_manifest(found: Metadata) -> Verdict:
    """Decide whether a pull mirror may be as it was filled: no means that its owner wrote it since.

    What is applied server-side has keys that nobody owns.
    """
    if not (untouched := _of_others(found)):
        return untouched
    written = found.annotations.get(names.CONTENT_HASH)
    is_known = written is not None and not found.fields.is_applied
    if written and is_known and not written.startswith(_keys_hash(found.fields.keys)):
        return no("its keys are not those that were written", Code.EDITED)
    return _AS_WRITTEN


def of_ceding(found: Metadata) -> Verdict:
    """Decide whether others may apply a pull mirror without a conflict with kn-mirror."""
    if found.fields.withheld:
        return no("others apply fields of it, which kn-mirror has come to own", Code.CEDED)
    return IN_SYNC


def of_filled(found: Metadata) -> Verdict:
    """Decide whether a pull mirror needs nothing, as far as its own word goes."""
    record = record_of(found)
    if record is None or record.automatic or not record.version:
        return no("it was not filled yet", Code.UNFILLED)
    verdicts = (of_manifest(found), of_index(found), of_ceding(found))
    return next((verdict for verdict in verdicts if not verdict), _AS_WRITTEN)


def possible(found: Metadata) -> Verdict:
    """Decide whether a mirror of ours may differ from what was written: no means that it may."""
    if not (untouched := _of_others(found)):
        return untouched
    written = found.annotations.get(names.CONTENT_HASH, "")
    if not found.fields.is_told:
        return no("nothing tells any more who wrote what of it", Code.EDITED)
    if not written.startswith(_keys_hash(found.fields.keys)):
        return no("its keys are not those that were written", Code.EDITED)
    if lost := lost_copies(found):
        return no(f"{lost}, which was copied, is gone", Code.EDITED)
    return _AS_WRITTEN


def _of_others(found: Metadata) -> Verdict:
    """Decide whether nobody else is known to have written an object since kn-mirror did."""
    if found.fields.foreign_manager:
        return no(f"{found.fields.foreign_manager} has changed its content", Code.EDITED)
    if names.EDITED in found.labels:
        return no("somebody has changed it", Code.EDITED)
    return _AS_WRITTEN


def of_source(source: Source, found: Metadata) -> Verdict:
    """Decide whether a mirror was written from its source as it is now; unknown until it is read.

    The hash covers what must be equal; the resourceVersion moves with every label, too.
    """
    record = record_of(found)
    if record is None or record.source != source.ref:
        return no("its record names another source", Code.UNWRITTEN)
    written = found.annotations.get(names.CONTENT_HASH)
    verdict = _of_version(source, record, written)
    if verdict and copies_differ(found, source):
        return no("the labels or annotations that it copies changed", Code.COPIES_CHANGED)
    return verdict


def of_declared(source: Source, found: Metadata) -> Verdict:
    """Decide whether a pull mirror was filled from its source as it is now.

    What its owner changed in it stays until the source changes, or until the owner empties
    `reflected-version`: it is the owner's object, and Reflector does the same.
    """
    record = record_of(found)
    if record is None or not record.version:
        because = "it has no reflected-version: it was not filled yet, or its owner wants it anew"
        return no(because, Code.UNFILLED)
    if found.labels.get(names.SOURCE, "") not in {"", source_label(record.source)}:
        return no("it has another source than when it was filled", Code.RETARGETED)
    written = found.annotations.get(names.CONTENT_HASH)
    if written is None and not _is_of_version(source, record):
        # Reflector, which left no hash, rewrites whatever is not of the source's very version.
        return no(f"the source changed after resourceVersion {record.version}", Code.SOURCE_CHANGED)
    return _of_version(source, record, written)


def _of_version(source: Source, record: MirrorRecord, written: str | None) -> Verdict:
    if written is not None and (known := source.hash_as(written)):
        if written == known:
            return IN_SYNC
        because = f"the source's content changed after resourceVersion {record.version}"
        return no(because, Code.SOURCE_CHANGED)
    if _is_of_version(source, record):
        return IN_SYNC
    if written is not None and source.content is not None:
        because = "the source changed, and its hash is signed with a key that is not there"
        return no(because, Code.SOURCE_CHANGED)
    because = f"the source changed after resourceVersion {record.version}"
    return unknown(because, Code.SOURCE_CHANGED)


def of_key(source: Source, found: Metadata) -> Verdict:
    """Decide whether the hash on a mirror is signed with the newest key."""
    if source.hash_keys.are_newer(found.annotations.get(names.CONTENT_HASH, "")):
        because = "its content is the source's; its hash is not signed with the newest key"
        return no(because, Code.FORMER_KEY)
    return IN_SYNC


def _is_of_version(source: Source, record: MirrorRecord) -> bool:
    return source.metadata is not None and record.version == source.metadata.resource_version
