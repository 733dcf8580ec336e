"""Snapshots: the matrix of sources and namespaces, as far as a question looks at it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from mirroring.errors import ChainError, account_of
from mirroring.objects.references import Ref
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import claim
from mirroring.ownership.records import predecessor_of, record_of
from mirroring.policies.namespaces import NamespaceIndex
from mirroring.policies.patterns import PatternList
from mirroring.policies.sources import Source, is_indexed, is_source
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind
    from mirroring.policies.rules import ReadList


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


class Cell(NamedTuple):
    """One namespace and what is there of a source.

    Args:
        namespace: whose it is.
        found: the object; None when nothing has the mirror's name.
        declared: whether it is a pull mirror, which is its owner's.
        is_loss: whether what is missing was there before.
        heir: the source that takes over what is found, as this one is none any more.
        heir_of: the source that this one takes over from.
    """

    namespace: Namespace
    found: Metadata | None = None
    declared: bool = False
    is_loss: bool = False
    heir: Ref | None = None
    heir_of: Ref | None = None


class Puzzle(NamedTuple):
    """An object whose source cannot be named, and why.

    Args:
        found: it.
        because: why.
        is_fault: whether looking at it failed, so that it has to be looked at once more.
    """

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
    _index: NamespaceIndex = field(default_factory=lambda: NamespaceIndex({}))
    _asking: Mapping[Ref, tuple[str, str]] = field(default_factory=dict)
    _former: frozenset[Ref] = frozenset()
    _heirs: Mapping[Ref, list[Source]] = field(default_factory=dict)
    _gone: frozenset[Ref] = frozenset()

    @classmethod
    def of(
        cls,
        scope: Scope,
        namespaces: Mapping[str, Namespace],
        objects: Iterable[Metadata],
        *,
        names: frozenset[str] | None = None,
        puzzles: Iterable[Puzzle] = (),
        barred: Container[Ref] = frozenset(),
        read_list: ReadList = PatternList.parse,
    ) -> Snapshot:
        """Sort out what the objects are, and whose mirrors.

        One that breaks that breaks nothing else; it stays among the objects, as it is there. Those
        that are barred succeed no other source.
        """
        by_ref = {found.ref: found for found in objects}
        puzzling = {each.found.ref: each for each in puzzles}
        sorting = _Sorting(by_ref, namespaces, puzzling, barred, read_list)
        for found in by_ref.values():
            sorting.take(found)
        return cls(
            scope,
            namespaces,
            by_ref,
            names,
            tuple(sorting.puzzles.values()),
            dict(sorting.mirrors),
            dict(sorting.declared),
            NamespaceIndex(namespaces),
            sorting.asking,
            frozenset(sorting.former),
            {ref: heirs for ref, heirs in sorting.heirs.items() if ref not in sorting.asking},
        )

    def without(self, gone: Iterable[Ref]) -> Snapshot:
        """Return what is there when some of it is gone."""
        return replace(self, _gone=self._gone | frozenset(gone))

    def rows(self) -> tuple[Sequence[Ref], Sequence[Ref]]:
        """Name the sources: first those that are none any more, as others may want the places.

        The others by their rules, so that those who ask for the same are judged together.
        """
        if self.scope.sources is not None:
            heirs = {each.ref for ref in self.scope.sources for each in self._heirs.get(ref, ())}
            return (), sorted(self.scope.sources | heirs, key=str)
        others = self._mirrors.keys() | self._declared.keys() | self._former
        return (
            sorted(others - self._asking.keys(), key=str),
            sorted(self._asking, key=self._asking.__getitem__),
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
        heir_of = self.ended_predecessor(source)
        for name in self._candidates(source, mirrors):
            namespace = self.namespaces[name]
            found = self._find(Ref(kind, name, mirror_name))
            if found is None or found.ref not in theirs:
                heir = self._heir(source, namespace, found) if found else None
                yield Cell(namespace, found, is_loss=is_loss, heir=heir, heir_of=heir_of)
        for found in mirrors:
            if found.ref.name != mirror_name:
                namespace = self.namespaces[found.ref.namespace]
                yield Cell(namespace, found, heir=self._heir(source, namespace, found))
        for found in declared:
            yield Cell(self.namespaces[found.ref.namespace], found, declared=True)

    def has_ended(self, source: Ref) -> bool:
        """Whether an object that was a source is none any more, as far as was looked."""
        found = self.objects.get(source)
        return found is None or not is_source(found)

    def ended_predecessor(self, source: Source) -> Ref | None:
        """Return the source that one succeeds, if it is none any more as far as was looked."""
        before = source.predecessor
        return before if before and self.has_ended(before) else None

    def _heir(self, source: Source, namespace: Namespace, found: Metadata) -> Ref | None:
        """Name the source that wants to go on with a mirror of one that is none any more."""
        for each in self._heirs.get(source.ref, ()):
            is_wanted = each.mirror_name == found.ref.name and each.ref.namespace != namespace.name
            if is_wanted and each.permits_auto(namespace).answer is not Answer.NO:
                return each.ref
        return None

    def _candidates(self, source: Source, mirrors: Iterable[Metadata]) -> Iterator[str]:
        name = source.mirror_name
        picked = {found.ref.namespace for found in mirrors if found.ref.name == name}
        if source.standing:
            picked |= source.rules.candidates(self._index)
        return iter(sorted(picked - {source.ref.namespace}))

    def _find(self, ref: Ref) -> Metadata | None:
        return None if ref in self._gone else self.objects.get(ref)

    def _has(self, found: Metadata) -> bool:
        return found.ref not in self._gone


@dataclass(slots=True, repr=False)
class _Sorting:
    """What objects are, as far as they were looked at."""

    by_ref: Mapping[Ref, Metadata]
    namespaces: Mapping[str, Namespace]
    puzzles: dict[Ref, Puzzle]
    barred: Container[Ref]
    read_list: ReadList
    asking: dict[Ref, tuple[str, str]] = field(default_factory=dict)
    former: set[Ref] = field(default_factory=set)
    mirrors: defaultdict[Ref, list[Metadata]] = field(default_factory=lambda: defaultdict(list))
    declared: defaultdict[Ref, list[Metadata]] = field(default_factory=lambda: defaultdict(list))
    heirs: defaultdict[Ref, list[Source]] = field(default_factory=lambda: defaultdict(list))

    def take(self, found: Metadata) -> None:
        """Look at an object."""
        if found.ref in self.puzzles:
            return
        try:
            self._take(found)
        except ChainError as error:
            self.puzzles[found.ref] = Puzzle(found, str(error))
        except Exception as error:
            self.puzzles[found.ref] = Puzzle(found, account_of(error), is_fault=True)

    def _take(self, found: Metadata) -> None:
        record = record_of(found)
        if not record and is_source(found):
            self.asking[found.ref] = _rules(found)
            if (before := predecessor_of(found)) and found.ref not in self.barred:
                self.heirs[before].append(Source.of(found.ref, found, read_list=self.read_list))
        elif is_indexed(found):
            self.former.add(found.ref)
        if not record or found.ref.namespace not in self.namespaces:
            return
        if not record.automatic:
            self.declared[origin(found, self.by_ref.get)].append(found)
        elif claim(found, record.source).may_delete:
            self.mirrors[record.source].append(found)


def _rules(source: Metadata) -> tuple[str, str]:
    """Sort sources with the same rules side by side."""
    rules = [text for name, text in sorted(source.annotations.items()) if "namespaces" in name]
    return "\n".join(rules), str(source.ref)
