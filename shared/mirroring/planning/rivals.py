"""Rivals: sources that want mirrors of one name in the same namespaces, and which comes first."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mirroring.planning.ends import Ends
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import because
from mirroring.policies.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        read_list: ReadList = PatternList.parse,
    ) -> None:
        self._namespaces, self._index = namespaces, index
        self._precedence, self._ends = precedence, ends or Ends()
        self._firsts: dict[str, dict[str, _Rival]] = {}
        self._by_name: defaultdict[str, list[_Rival]] = defaultdict(list)
        for found in sources:
            # One that cannot be read wants nothing, and is told where it is judged itself.
            with suppress(Exception):
                self._take(Source.of(found.ref, found, read_list=read_list))

    def _take(self, source: Source) -> None:
        if source.standing:
            self._by_name[source.mirror_name].append(_Rival(self._standing(source), source))

    def _standing(self, source: Source) -> Standing:
        return self._precedence.standing(source, is_new=not self._ends.is_back(source.ref))

    def before(self, source: Source, place: Ref) -> Before | None:
        """Name the source that wants a mirror in a place and comes before this one, if any does."""
        rivals = self._by_name.get(place.name, ())
        if all(rival.source.ref == source.ref for rival in rivals):
            return None
        first = self._first(place.name).get(place.namespace)
        if first is None or first.source.ref == source.ref:
            return None
        own = self._standing(source)
        if own < first.standing:
            return None
        return Before(first.source.ref, because(first.standing, own))

    def _first(self, name: str) -> Mapping[str, _Rival]:
        """Return by namespace who of those that want a mirror of this name there comes first."""
        found = self._firsts.get(name)
        if found is None:
            found = {}
            for rival in sorted(self._by_name[name], key=lambda rival: rival.standing):
                with suppress(Exception):
                    self._choose(rival, found)
            self._firsts[name] = found
        return found

    def _choose(self, rival: _Rival, found: dict[str, _Rival]) -> None:
        source = rival.source
        own = {source.ref.namespace}
        for name in source.rules.candidates(self._index) - found.keys() - own:
            if source.asks(self._namespaces[name]):
                found[name] = rival
