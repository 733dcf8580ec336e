"""Scopes: the part of the matrix of sources and namespaces that a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.objects.references import Kind, Ref


@dataclass(frozen=True, slots=True)
class Scope:
    """The rectangle of the matrix that a question is about: sources down, namespaces across.

    Args:
        kind: of the objects.
        sources: None for all.
        namespaces: None for all.
        objects: what is looked at by name, too.
        everything: whether to look also for what has no label to be found by.
        after_loss: whether a mirror that is missing was there before, as far as can be known.
        has_rivals: whether its sources are all that may want a place in it.
    """

    kind: Kind
    sources: frozenset[Ref] | None = None
    namespaces: frozenset[str] | None = None
    objects: frozenset[Ref] = frozenset()
    everything: bool = False
    after_loss: bool = False
    has_rivals: bool = False

    @property
    def knows_rivals(self) -> bool:
        """Whether every source that may want a place in it is looked at."""
        return self.sources is None or self.has_rivals

    @property
    def is_event(self) -> bool:
        """Whether it was somebody's write that drew attention to its sources."""
        return self.sources is not None

    @property
    def is_of_namespaces(self) -> bool:
        """Whether it was namespaces that drew attention to whatever sources there are."""
        return self.sources is None and self.namespaces is not None

    @property
    def is_whole(self) -> bool:
        """Whether it covers every namespace."""
        return self.namespaces is None
