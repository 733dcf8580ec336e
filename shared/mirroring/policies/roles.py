"""Roles: whether an object is a source, by its metadata, and what its mirrors are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.references import LONGEST_NAME
from mirroring.ownership.records import permits_mirrors, record_of
from mirroring.verdicts import Verdict, no, yes

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata


def is_source(metadata: Metadata) -> Verdict:
    """Decide whether an object permits mirrors of itself; a pull mirror never does.

    An automatic mirror whose owner writes that it does is none any more.
    """
    if record_of(metadata):
        return no("it is a mirror itself", Code.A_MIRROR_ITSELF)
    if not permits_mirrors(metadata):
        return no("reflection-allowed is not true", Code.PERMITS_NONE)
    return yes("reflection-allowed is true", Code.CHOSEN)


def is_indexed(metadata: Metadata) -> bool:
    """Whether an object carries the label by which sources are found.

    On an object that is no source any more it means that mirrors may be left to withdraw.
    """
    return metadata.labels.get(names.ROLE) == names.ROLE_SOURCE


def mirror_name(source: Metadata) -> str:
    """Return what mirrors of a source are called: as it is, unless its owner says otherwise."""
    # Of a longer one as much as shows that it is none.
    return source.annotations.get(names.NAME, "").strip()[: LONGEST_NAME + 1] or source.ref.name
