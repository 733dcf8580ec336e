"""Rivals: sources that want mirrors of one name in the same namespaces, and which comes first."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mirroring.planning.ends import Ends
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import because
from mirroring.policies.roles import mirror_name
from mirroring.policies.sources import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.policies.namespaces import NamespaceIndex
    from mirroring.policies.precedence import Precedence, Standing
    from mirroring.policies.rules import ReadList


class Before(NamedTuple):
    """A source that comes before another one in some place.

    Args:
        source: it.
        because: why, as what goes on after its name.
    """

    source: Ref
    because: str


class _Rival(NamedTuple):
    standing: Standing
    source: Source


def _none(_source: Ref, _name: str) -> int:
    return 0


class Rivals:
    """All sources of a kind, by the names of their mirrors; most names are one source's alone."""

    def __init__(
        self,
        sources: Iterable[Metadata],
        namespaces: Mapping[str, Namespace],
        index: NamespaceIndex,
        precedence: Precedence,
        ends: Ends | None = None,
        *,
        held: Callable[[Ref, str], int] = _none,
        read_list: ReadList = PatternList.parse,
    ) -> None:
        """Sort them.

        Args:
            sources: all that there are.
            namespaces: by name.
            index: of these.
            precedence: their order.
            ends: the sources that went of late.
            held: how many mirrors of a name a source has, as far as was looked.
            read_list: reads lists of patterns.
        """
        self._namespaces, self._index = namespaces, index
        self._precedence, self._ends, self._held = precedence, ends or Ends(), held
        self._firsts: dict[str, dict[str, _Rival]] = {}
        self._most_held: dict[str, list[tuple[int, Ref]]] = {}
        self._read_list = read_list
        self._read: dict[str, list[Source]] = {}
        self._by_name: defaultdict[str, list[Metadata]] = defaultdict(list)
        for found in sources:
            # One that cannot be read wants nothing, and is told where it is judged itself.
            with suppress(Exception):
                self._by_name[mirror_name(found)].append(found)

    def before(self, source: Source, place: Ref) -> Before | None:
        """Name the source that wants a mirror in a place and comes before this one, if any does."""
        rivals = self._by_name.get(place.name, ())
        if all(rival.ref == source.ref for rival in rivals):
            return None
        first = self._first(place.name).get(place.namespace)
        if first is None or first.source.ref == source.ref:
            return None
        own = self._standing(source, place.name, place.namespace)
        if own < first.standing:
            return None
        return Before(first.source.ref, because(first.standing, own))

    def _called(self, name: str) -> list[Source]:
        """Return the sources whose mirrors have a name, read when two of them have."""
        if name not in self._read:
            self._read[name] = []
            for found in self._by_name[name]:
                with suppress(Exception):
                    source = Source.of(found.ref, found, read_list=self._read_list)
                    self._read[name] += [source] if source.standing else []
        return self._read[name]

    def _standing(self, source: Source, name: str, namespace: str = "") -> Standing:
        """Say where a source stands in a namespace, or wherever nothing is known of one.

        One that is back comes first where it was. Where it was in more places than are noted, that
        is everywhere, if none of the others is in as many.
        """
        freed = self._ends.freed_by(source.ref, name)
        is_back = freed is not None and (
            namespace in freed.namespaces
            if freed.namespaces
            else self._most_of_others(source.ref, name) < freed.places
        )
        return self._precedence.standing(source, is_new=not is_back)

    def _most_of_others(self, source: Ref, name: str) -> int:
        """Return how many mirrors of a name the one of the others has that has most."""
        if name not in self._most_held:
            held = ((self._held(each.ref, name), each.ref) for each in self._called(name))
            self._most_held[name] = sorted(held, key=lambda each: -each[0])[:2]
        return max((held for held, ref in self._most_held[name] if ref != source), default=0)

    def _first(self, name: str) -> Mapping[str, _Rival]:
        """Return by namespace who of those that want a mirror of this name there comes first."""
        found = self._firsts.get(name)
        if found is None:
            found = {}
            rivals = [_Rival(self._standing(each, name), each) for each in self._called(name)]
            for rival in sorted(rivals, key=lambda rival: rival.standing):
                if len(found) == len(self._namespaces):
                    break
                with suppress(Exception):
                    self._choose(rival, found)
            for each in self._called(name):
                with suppress(Exception):
                    self._give_back(each, name, found)
            self._firsts[name] = found
        return found

    def _choose(self, rival: _Rival, found: dict[str, _Rival]) -> None:
        for name in self._wanted(rival.source) - found.keys():
            if rival.source.asks(self._namespaces[name]):
                found[name] = rival

    def _give_back(self, source: Source, mirror_name: str, found: dict[str, _Rival]) -> None:
        """Let a source that is back come first in the few places where it was."""
        freed = self._ends.freed_by(source.ref, mirror_name)
        if freed is None or not freed.namespaces:
            return
        for name in self._wanted(source) & freed.namespaces:
            rival = _Rival(self._standing(source, mirror_name, name), source)
            is_before = name not in found or rival.standing < found[name].standing
            if is_before and source.asks(self._namespaces[name]):
                found[name] = rival

    def _wanted(self, source: Source) -> set[str]:
        """Name the namespaces that a source may want a mirror in."""
        is_renamed = source.mirror_name != source.ref.name
        if is_renamed and not self._open:
            return set()
        candidates = source.rules.candidates(self._index)
        # Of one namespace's objects any number may ask for a name that none of them has.
        wanted = self._open & candidates if is_renamed else candidates
        return {*wanted} - {source.ref.namespace}

    @cached_property
    def _open(self) -> frozenset[str]:
        """Those that may take mirrors of another name than the source's."""
        return frozenset(
            name
            for name, each in self._namespaces.items()
            if each.trusting or each.accepted is not None
        )
