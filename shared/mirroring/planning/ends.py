"""Ends: the sources that went of late, whose places are kept for them a while.

Who deletes a source to have it issued again finds its places empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.references import Kind, Ref

KEPT: Final = timedelta(minutes=15)
KEPT_ITSELF: Final = timedelta(days=1)


class End(NamedTuple):
    """A source that is none any more.

    Args:
        source: it.
        names: what its mirrors were called.
        at: when that was seen.
    """

    source: Ref
    names: frozenset[str]
    at: datetime

    def is_recent(self, now: datetime, within: timedelta) -> bool:
        """Whether it is no longer ago; clocks of two nodes may differ a little."""
        return -within < now - self.at < within


@dataclass(frozen=True, slots=True)
class Ends:
    """Those that count, as one moment sees them.

    Args:
        names: for whom places of a name are kept, in every namespace.
        sources: those whose own places are kept.
    """

    names: Mapping[tuple[Kind, str], frozenset[Ref]] = field(default_factory=dict)
    sources: frozenset[Ref] = frozenset()

    @classmethod
    def of(cls, ends: Iterable[End], now: datetime) -> Ends:
        """Sort out what is kept at a time."""
        names: dict[tuple[Kind, str], frozenset[Ref]] = {}
        sources: set[Ref] = set()
        for end in ends:
            if end.is_recent(now, KEPT_ITSELF):
                sources.add(end.source)
            for name in end.names if end.is_recent(now, KEPT) else ():
                key = (end.source.kind, name)
                names[key] = names.get(key, frozenset()) | {end.source}
        return cls(names, frozenset(sources))

    def keeping(self, place: Ref) -> frozenset[Ref]:
        """Name the sources that a place is kept for."""
        own = frozenset({place}) & self.sources
        return own | self.names.get((place.kind, place.name), frozenset())

    def is_back(self, source: Ref) -> bool:
        """Whether a source went a moment ago, and is there again."""
        return any(source in sources for sources in self.names.values())
