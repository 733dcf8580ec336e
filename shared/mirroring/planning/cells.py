"""Cells: what is there of one source in one namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.planning.rivals import Before


class Cell(NamedTuple):
    """One namespace and what is there of a source.

    Args:
        namespace: whose it is.
        found: the object; None when nothing has the mirror's name.
        declared: whether it is a pull mirror, which is its owner's.
        is_loss: whether what is missing was there before.
        heir: the source that takes over what is found, as this one is none any more.
        heir_of: the source that this one takes over from.
        before: the source that comes first there, and has what is there, or what is free.
        over: the source whose mirror is there, which this one comes before.
        kept_for: the sources that went of late, one of which had what is free now.
        is_chosen: whether the source's rules are known to choose the namespace.
    """

    namespace: Namespace
    found: Metadata | None = None
    declared: bool = False
    is_loss: bool = False
    heir: Ref | None = None
    heir_of: Ref | None = None
    before: Before | None = None
    over: Ref | None = None
    kept_for: Ref | None = None
    is_chosen: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether what is found is all that there is to judge: a mirror where one may be."""
        others = self.heir or self.heir_of or self.before or self.over
        namespace = self.namespace
        is_open = self.is_chosen and namespace.accepted is None and not namespace.terminating
        return is_open and self.found is not None and not self.declared and not others
