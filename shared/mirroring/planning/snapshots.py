"""Snapshots: the matrix of sources and namespaces, as far as a question looks at it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mirroring.errors import ChainError, whereabouts
from mirroring.objects.references import Ref
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import claim
from mirroring.ownership.records import record_of
from mirroring.policies.sources import is_indexed, is_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind
    from mirroring.policies.sources import Source


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
    """

    kind: Kind
    sources: frozenset[Ref] | None = None
    namespaces: frozenset[str] | None = None
    objects: frozenset[Ref] = frozenset()
    everything: bool = False
    after_loss: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it covers every namespace."""
        return self.namespaces is None


@dataclass(frozen=True, slots=True)
class Cell:
    """One namespace and what is there of a source.

    Args:
        namespace: whose it is.
        found: the object; None when nothing has the mirror's name.
        declared: whether it is a pull mirror, which is its owner's.
        is_loss: whether what is missing was there before.
    """

    namespace: Namespace
    found: Metadata | None = None
    declared: bool = False
    is_loss: bool = False


@dataclass(frozen=True, slots=True)
class Puzzle:
    """An object whose source cannot be named, and why."""

    found: Metadata
    because: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is there, on metadata alone; it never changes.

    Args:
        scope: what was looked at.
        namespaces: those that may be written in, by name.
        objects: sources, mirrors, and what has a mirror's name.
        names: the names that were looked for; None for all.
        puzzles: objects that are no source's.
    """

    scope: Scope
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    objects: Mapping[Ref, Metadata] = field(default_factory=dict)
    names: frozenset[str] | None = None
    puzzles: Sequence[Puzzle] = ()
    _mirrors: Mapping[Ref, list[Metadata]] = field(default_factory=dict)
    _declared: Mapping[Ref, list[Metadata]] = field(default_factory=dict)
    _names: Sequence[str] = ()
    _gone: frozenset[Ref] = frozenset()

    @classmethod
    def of(
        cls,
        scope: Scope,
        namespaces: Mapping[str, Namespace],
        objects: Iterable[Metadata],
        *,
        names: frozenset[str] | None = None,
    ) -> Snapshot:
        """Sort out whose mirrors the objects are. One that breaks that breaks nothing else."""
        by_ref = {found.ref: found for found in objects}
        mirrors: defaultdict[Ref, list[Metadata]] = defaultdict(list)
        declared: defaultdict[Ref, list[Metadata]] = defaultdict(list)
        puzzles: list[Puzzle] = []
        for found in by_ref.values():
            if found.ref.namespace not in namespaces:
                continue
            try:
                record = record_of(found)
                if record and not record.automatic:
                    declared[origin(found, by_ref.get)].append(found)
                elif record and claim(found, record.source).may_delete:
                    mirrors[record.source].append(found)
            except ChainError as error:
                puzzles.append(Puzzle(found, str(error)))
            except Exception as error:
                because = f"unexpected {whereabouts(error)}; please report it"
                puzzles.append(Puzzle(found, because, is_fault=True))
        return cls(
            scope,
            namespaces,
            by_ref,
            names,
            puzzles,
            dict(mirrors),
            dict(declared),
            sorted(namespaces),
        )

    def without(self, gone: Iterable[Ref]) -> Snapshot:
        """Return what is there when some of it is gone."""
        return replace(self, _gone=self._gone | frozenset(gone))

    def rows(self) -> tuple[Sequence[Ref], Sequence[Ref]]:
        """Name the sources: first those that are none any more, as others may want the places.

        The others by their rules, so that those who ask for the same are judged together.
        """
        if self.scope.sources is not None:
            refs = sorted(self.scope.sources, key=str)
            return (), refs
        there = {
            found.ref: found
            for found in self.objects.values()
            if is_indexed(found) or is_source(found)
        }
        asking = {ref: found for ref, found in there.items() if is_source(found)}
        others = self._mirrors.keys() | self._declared.keys() | there.keys()
        return (
            sorted(others - asking.keys(), key=str),
            sorted(asking, key=lambda ref: _rules(asking[ref])),
        )

    def covers(self, source: Source) -> bool:
        """Whether the names were looked for that mirrors of a source have."""
        return not source.standing or self.names is None or source.mirror_name in self.names

    def cells(self, source: Source) -> Iterator[Cell]:
        """Return the cells of a row that may need anything.

        A namespace is left out where a mirror is clearly not permitted and none is there.
        """
        declared = [found for found in self._declared.get(source.ref, ()) if self._has(found)]
        mirrors = [found for found in self._mirrors.get(source.ref, ()) if self._has(found)]
        kind, mirror_name = source.ref.kind, source.mirror_name
        is_loss, theirs = self.scope.after_loss, {found.ref for found in declared}
        for name in self._candidates(source, mirrors):
            namespace = self.namespaces[name]
            found = self._find(Ref(kind, name, mirror_name))
            if found is None or found.ref not in theirs:
                yield Cell(namespace, found, is_loss=is_loss)
        for found in mirrors:
            if found.ref.name != mirror_name:
                yield Cell(self.namespaces[found.ref.namespace], found)
        for found in declared:
            yield Cell(self.namespaces[found.ref.namespace], found, declared=True)

    def _candidates(self, source: Source, mirrors: Iterable[Metadata]) -> Iterator[str]:
        permitted = source.rules.candidates(self._names) if source.standing else ()
        name = source.mirror_name
        held = {found.ref.namespace for found in mirrors if found.ref.name == name}
        held.difference_update(permitted)
        for name in (*permitted, *sorted(held)):
            if name != source.ref.namespace:
                yield name

    def _find(self, ref: Ref) -> Metadata | None:
        return None if ref in self._gone else self.objects.get(ref)

    def _has(self, found: Metadata) -> bool:
        return found.ref not in self._gone


def _rules(source: Metadata) -> tuple[str, str]:
    """Sort sources with the same rules side by side."""
    rules = [text for name, text in sorted(source.annotations.items()) if "namespaces" in name]
    return "\n".join(rules), str(source.ref)
