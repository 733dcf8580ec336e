"""Mirrors, which go with kn-mirror where that is asked for: those that are proven to be its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from installer.errors import InstallerError
from mirroring.cluster.reading import ApiReader
from mirroring.cluster.writing import ApiWriter
from mirroring.errors import ApiError, SettingError, Stale
from mirroring.names import EDITED, ROLE, ROLE_MIRROR
from mirroring.objects.changes import Delete
from mirroring.objects.references import MIRRORED_KINDS
from mirroring.ownership.claims import claim
from mirroring.ownership.records import record_of

if TYPE_CHECKING:
    from installer.clusters import Cluster
    from mirroring.cluster.protocols import Transport
    from mirroring.objects.metadata import Metadata

_LABELS: Final = (f"{ROLE}-", f"{EDITED}-")


def remove_mirrors(cluster: Cluster) -> int:
    """Delete mirrors, and take kn-mirror's labels off whatever else has them.

    A label is nobody's proof: what is deleted is what the functions would delete for its source.

    Returns:
        How many are labelled as mirrors, and are not proven to be.

    Raises:
        InstallerError: they cannot be looked at, or deleted.
    """
    try:
        left = _remove_proven(cluster.transport())
    except (ApiError, SettingError) as error:
        raise InstallerError(f"Mirrors are not deleted: {error}") from error
    everywhere = ("secrets,configmaps", "--all-namespaces", f"--selector={ROLE}")
    cluster.kubectl("label", *everywhere, *_LABELS)
    return left


def _remove_proven(transport: Transport) -> int:
    reader, writer = ApiReader(transport), ApiWriter(transport)
    left = 0
    for kind in MIRRORED_KINDS:
        for found in reader.list_metadata(kind, selector=f"{ROLE}={ROLE_MIRROR}"):
            if not _is_proven(found):
                left += 1
                continue
            # What was written since, or is gone, was not looked at.
            with suppress(Stale):
                writer.apply(Delete(found))
    return left


def _is_proven(found: Metadata) -> bool:
    record = record_of(found)
    return record is not None and claim(found, record.source).may_delete
