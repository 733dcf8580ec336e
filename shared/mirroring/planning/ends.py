"""Ends: the sources that went of late, whose places are kept for them a while.

Who deletes a source to have it issued again finds its places empty. Whose mirror an object is, it
says itself, and anybody may write that on their own. So an end counts for no more than the places
that it freed: these, where they are few; where they are many, against whoever holds fewer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.references import Kind, Ref

KEPT: Final = timedelta(minutes=15)
KEPT_ITSELF: Final = timedelta(days=1)
_MOST_NAMED: Final = 8  # namespaces of the mirrors of one name
_OF_ANYBODY: Final = 3  # namespaces that somebody may have who has no right of kn-mirror's
_MOST_NAMES: Final = 4  # that mirrors of one source have had


class Freed(NamedTuple):
    """The places of one name that a source left.

    Args:
        places: how many.
        namespaces: where; empty where they are too many to be named.
    """

    places: int
    namespaces: frozenset[str] = frozenset()

    @classmethod
    def of(cls, namespaces: Iterable[str]) -> Freed:
        """Note places, by name where they are few."""
        named = frozenset(namespaces)
        return cls(len(named), named if len(named) <= _MOST_NAMED else frozenset())

    def counts_in(self, namespace: str, held: int) -> bool:
        """Whether a place is among them, as far as whoever holds so many of the name is told."""
        return namespace in self.namespaces if self.namespaces else held < self.places

    def covers(self, other: Freed) -> bool:
        """Whether all places of another are among them, as far as they are named."""
        is_named = self.namespaces and other.namespaces
        return self.namespaces >= other.namespaces if is_named else self.places >= other.places

    def with_those(self, other: Freed) -> Freed:
        """Join what one end freed in two events."""
        if self.namespaces and other.namespaces:
            return Freed.of(self.namespaces | other.namespaces)
        return max(self, other, key=lambda each: each.places)


class End(NamedTuple):
    """A source that is none any more.

    Args:
        source: it.
        freed: its mirrors' places, by what they were called.
        at: when that was seen.
    """

    source: Ref
    freed: Mapping[str, Freed]
    at: datetime

    @classmethod
    def of(cls, source: Ref, places: Iterable[Ref], at: datetime) -> End:
        """Note where a source's mirrors are that are taken away."""
        namespaces: defaultdict[str, set[str]] = defaultdict(set)
        for place in places:
            namespaces[place.name].add(place.namespace)
        freed = {name: Freed.of(those) for name, those in namespaces.items()}
        return cls(source, _bounded(source, freed), at)

    @property
    def places(self) -> int:
        """In how many namespaces it left mirrors of one name, at most.

        Mirrors of several names are no more: anybody writes as many as they like in one namespace.
        """
        return max((freed.places for freed in self.freed.values()), default=0)

    def is_recent(self, now: datetime, within: timedelta) -> bool:
        """Whether it is no longer ago; clocks of two nodes may differ a little."""
        return -within < now - self.at < within

    def after(self, earlier: End | None) -> End:
        """Join it with what was noted of the same source before.

        What is seen within a quarter of an hour is one end. It counts from when it was seen first,
        unless all these places were freed again, as of a source that came back meanwhile. Later
        than that, a few objects that say they were mirrors, too, are no end of a larger one.
        """
        if earlier is None or not earlier.is_recent(self.at, KEPT_ITSELF):
            return self
        if not earlier.is_recent(self.at, KEPT):
            is_less = self.places <= _OF_ANYBODY < earlier.places
            return earlier if is_less or 2 * self.places < earlier.places else self
        both = dict(earlier.freed)
        for name, freed in self.freed.items():
            both[name] = freed.with_those(both[name]) if name in both else freed
        is_again = all(
            name in self.freed and self.freed[name].covers(freed)
            for name, freed in earlier.freed.items()
        )
        at = self.at if is_again else earlier.at
        return End(self.source, _bounded(self.source, both), at)


def _bounded(source: Ref, freed: Mapping[str, Freed]) -> dict[str, Freed]:
    """Keep of many names the source's own, and those that most mirrors had."""
    order = sorted(freed, key=lambda name: (name != source.name, -freed[name].places, name))
    return {name: freed[name] for name in order[:_MOST_NAMES]}


@dataclass(frozen=True, slots=True)
class Ends:
    """Those that count, as one moment sees them.

    Args:
        names: what was freed of a name, by source.
        sources: those whose own places are kept.
    """

    names: Mapping[tuple[Kind, str], Mapping[Ref, Freed]] = field(default_factory=dict)
    sources: frozenset[Ref] = frozenset()

    @classmethod
    def of(cls, ends: Iterable[End], now: datetime) -> Ends:
        """Sort out what is kept at a time."""
        names: defaultdict[tuple[Kind, str], dict[Ref, Freed]] = defaultdict(dict)
        sources: set[Ref] = set()
        for end in ends:
            if end.is_recent(now, KEPT_ITSELF) and end.places > _OF_ANYBODY:
                sources.add(end.source)
            if end.is_recent(now, KEPT):
                for name, freed in end.freed.items():
                    names[end.source.kind, name][end.source] = freed
        return cls(dict(names), frozenset(sources))

    def keeping(self, place: Ref, held: int = 0) -> frozenset[Ref]:
        """Name the sources that a place is kept for.

        Args:
            place: it.
            held: how many mirrors of the name the source has that wants it.
        """
        own = {place} & self.sources
        freed = self.names.get((place.kind, place.name), {})
        return frozenset(
            own | {ref for ref, each in freed.items() if each.counts_in(place.namespace, held)}
        )

    def is_by_number(self, kind: Kind, name: str) -> bool:
        """Whether it counts of a name how many mirrors of it somebody has."""
        return any(not each.namespaces for each in self.names.get((kind, name), {}).values())

    def freed_by(self, source: Ref, name: str) -> Freed | None:
        """Return what a source of this name's mirrors left that went a moment ago, if it did."""
        return self.names.get((source.kind, name), {}).get(source)
