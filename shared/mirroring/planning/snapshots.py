"""Snapshots: the matrix of sources and namespaces, as far as a question looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from mirroring.objects.references import Ref
from mirroring.ownership.records import record_of
from mirroring.planning.cells import Cell
from mirroring.planning.ends import Ends
from mirroring.planning.inventories import Inventory
from mirroring.planning.rivals import Rivals
from mirroring.planning.succession import Succession
from mirroring.policies.namespaces import NamespaceIndex
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import BY_AGE

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.rivals import Before
    from mirroring.planning.scopes import Scope
    from mirroring.policies.precedence import Precedence
    from mirroring.policies.rules import ReadList
    from mirroring.policies.sources import Source

    Count = Callable[[Ref, str], int]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is there, on metadata alone; it never changes.

    Args:
        scope: what was looked at.
        succession: who goes on with the mirrors of sources that ended.
        names: the names that were looked for; None for all.
    """

    scope: Scope
    succession: Succession = field(default_factory=Succession)
    names: frozenset[str] | None = None
    _index: NamespaceIndex = field(default_factory=lambda: NamespaceIndex({}))
    _gone: frozenset[Ref] = frozenset()
    _rivals: Rivals | None = None
    _ends: Ends = field(default_factory=Ends)
    _counted: Count | None = None

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
        precedence: Precedence = BY_AGE,
        read_list: ReadList = PatternList.parse,
    ) -> Snapshot:
        """Sort out what the objects are, and whose mirrors.

        Those that are barred want no place and succeed no other source.
        """
        inventory = Inventory.of(objects, namespaces, puzzles, read_list=read_list, barred=barred)
        succession = Succession.of(inventory, precedence)
        made = cls(scope, succession, names, NamespaceIndex(namespaces))
        return made.informed((), made._ends) if scope.knows_rivals else made

    def informed(
        self, sources: Iterable[Metadata], ends: Ends, counted: Count | None = None
    ) -> Snapshot:
        """Return the same with what else decides who may have a free place.

        Args:
            sources: all that there are, where the scope does not know them.
            ends: the sources that went of late.
            counted: how many mirrors of a name a source has, where the scope does not show them.
        """
        counted = None if self.scope.is_whole else counted
        inventory = self._inventory
        rivals = Rivals(
            inventory.sources() if self.scope.knows_rivals else sources,
            self.namespaces,
            self._index,
            self._precedence,
            ends,
            held=counted or self._count_shown,
            read_list=inventory.read_list,
        )
        return replace(self, _rivals=rivals, _ends=ends, _counted=counted)

    def without(self, gone: Iterable[Ref]) -> Snapshot:
        """Return what is there when some of it is gone."""
        return replace(self, _gone=self._gone | frozenset(gone))

    def replacing(
        self,
        objects: Mapping[Ref, Metadata | None],
        namespaces: Mapping[str, Namespace | None] | None = None,
    ) -> Snapshot:
        """Return the same with other objects and namespaces in place of some.

        Args:
            objects: they, by what they are called; None for what is not to be there.
            namespaces: likewise.
        """
        inventory = self._inventory
        return Snapshot.of(
            self.scope,
            _replaced(inventory.namespaces, namespaces or {}),
            _replaced(inventory.objects, objects).values(),
            names=self.names,
            # What else is one is found anew.
            puzzles=[
                each
                for each in inventory.puzzles.values()
                if each.is_fault and each.found.ref not in objects
            ],
            barred=inventory.barred,
            precedence=self._precedence,
            read_list=inventory.read_list,
        )

    @property
    def objects(self) -> Mapping[Ref, Metadata]:
        """Sources, mirrors, and what has a mirror's name."""
        return self._inventory.objects

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        """Those that may be written in, by name."""
        return self._inventory.namespaces

    @property
    def puzzles(self) -> Sequence[Puzzle]:
        """Objects that are no source's."""
        return [*self._inventory.puzzles.values()]

    @property
    def _inventory(self) -> Inventory:
        return self.succession.inventory

    @property
    def _precedence(self) -> Precedence:
        return self.succession.precedence

    def rows(self) -> tuple[Sequence[Ref], Sequence[Ref]]:
        """Name the sources: first those that are none any more, as others may want the places.

        The others by their rules, so that those who ask for the same are judged together.
        """
        inventory, named = self._inventory, self.scope.sources
        if named is not None:
            heirs = {each.ref for ref in named for each in self.succession.heirs.get(ref, ())}
            return (), sorted(named | heirs, key=str)
        others = inventory.mirrors.keys() | inventory.declared.keys() | inventory.former
        return (
            sorted(others - inventory.asking.keys(), key=str),
            sorted(inventory.asking, key=inventory.asking.__getitem__),
        )

    def covers(self, source: Source) -> bool:
        """Whether the names were looked for that mirrors of a source have."""
        return not source.standing or self.names is None or source.mirror_name in self.names

    def cells(self, source: Source) -> Iterator[Cell]:
        """Return the cells of a row that may need anything.

        A namespace is left out where a mirror is clearly not permitted and none is there.
        """
        declared = [found for found in self.declared(source.ref) if self._has(found)]
        ours = self._inventory.mirrors.get(source.ref, ())
        mirrors = [found for found in ours if self._has(found)]
        yield from self._wanted(source, mirrors, {found.ref for found in declared})
        for found in mirrors:
            if found.ref.name != source.mirror_name:
                yield self._held(source, self.namespaces[found.ref.namespace], found)
        for found in declared:
            yield Cell(self.namespaces[found.ref.namespace], found, declared=True)

    def _wanted(
        self, source: Source, mirrors: Iterable[Metadata], theirs: Container[Ref]
    ) -> Iterator[Cell]:
        """Return the cells where a mirror may be wanted, or is one of its name."""
        namespaces, kind, mirror_name = self.namespaces, source.ref.kind, source.mirror_name
        ours = {each.ref.namespace: each for each in mirrors if each.ref.name == mirror_name}
        chosen = source.rules.candidates(self._index) if source.standing else frozenset[str]()
        heir_of = self.succession.ended_predecessor(source)
        # What some namespaces show is not how many there are, and to look costs a list.
        is_by_number = self._ends.is_by_number(kind, mirror_name)
        count = self._counted or self._count_shown
        held = count(source.ref, mirror_name) if is_by_number else 0
        for name in sorted((chosen | ours.keys()) - {source.ref.namespace}):
            place = Ref(kind, name, mirror_name)
            found = ours.get(name) or self._at(place)
            if found is None:
                yield self._free(source, namespaces[name], place, held)
            elif place not in theirs:
                goes_on = heir_of is not None and source.may_go_on_with(found)
                cell = self._held(source, namespaces[name], found, is_chosen=name in chosen)
                yield cell._replace(heir_of=heir_of) if goes_on else cell

    def declared(self, source: Ref) -> Sequence[Metadata]:
        """Return the pull mirrors that come from a source in the end."""
        return self._inventory.declared.get(source, ())

    def mirrors(self, source: Ref) -> Sequence[Metadata]:
        """Return the mirrors that a source has, automatic ones and others."""
        return [*self._inventory.mirrors.get(source, ()), *self.declared(source)]

    def _free(self, source: Source, namespace: Namespace, place: Ref, held: int) -> Cell:
        """Make the cell of a namespace where nothing has the mirror's place."""
        before, kept_for = self._before(source, place), self._kept_for(source, place, held)
        is_loss = self.scope.after_loss
        return Cell(namespace, None, is_loss=is_loss, before=before, kept_for=kept_for)

    def _held(
        self, source: Source, namespace: Namespace, found: Metadata, *, is_chosen: bool = False
    ) -> Cell:
        """Make the cell of a namespace where something has the mirror's place."""
        heir = self.succession.heir(source, namespace, found)
        cell = Cell(namespace, found, heir=heir, is_chosen=is_chosen)
        if self._precedence.is_by_age:
            return cell
        record, before = record_of(found), self._before(source, found.ref)
        if record is None or not record.automatic:
            return cell
        outranks = self._precedence.outranks
        if record.source == source.ref:
            yields = before is not None and outranks(before.source, source.ref)
            return cell._replace(before=before) if yields else cell
        takes = before is None and outranks(source.ref, record.source)
        return cell._replace(over=record.source) if takes else cell

    def _before(self, source: Source, place: Ref) -> Before | None:
        return self._rivals.before(source, place) if self._rivals else None

    def _kept_for(self, source: Source, place: Ref, held: int) -> Ref | None:
        """Name a source that a free place is kept for.

        It is kept from none that comes before that, nor from who could have written that itself.

        Args:
            source: that wants it.
            place: it.
            held: how many mirrors of the name that source has.
        """
        own, outranks = source.ref, self._precedence.outranks
        kept = [
            ended
            for ended in self._ends.keeping(place, held)
            if ended.namespace != own.namespace and not outranks(own, ended)
        ]
        return min(kept, default=None, key=str)

    def _at(self, place: Ref) -> Metadata | None:
        return None if place in self._gone else self.objects.get(place)

    def _count_shown(self, source: Ref, name: str) -> int:
        return len(self._inventory.mirrors_of(source, name))

    def _has(self, found: Metadata) -> bool:
        return found.ref not in self._gone


def _replaced(there: Mapping[K, V], instead: Mapping[K, V | None]) -> dict[K, V]:
    """Return what is there, with something else in place of some of it, or with nothing."""
    kept = {key: value for key, value in there.items() if key not in instead}
    return kept | {key: value for key, value in instead.items() if value is not None}
