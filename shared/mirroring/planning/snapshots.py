"""Snapshots: the matrix of sources and namespaces, as far as a question looks at it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from mirroring.errors import ChainError, account_of
from mirroring.names import CONTENT_HASH
from mirroring.objects.references import Ref
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import claim
from mirroring.ownership.records import predecessor_of, record_of
from mirroring.planning.discretion import said_of_refusal
from mirroring.planning.ends import Ends
from mirroring.planning.rivals import Rivals
from mirroring.policies.namespaces import NamespaceIndex
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import BY_AGE
from mirroring.policies.sources import Source, is_indexed, is_source
from mirroring.verdicts import Answer, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind
    from mirroring.planning.rivals import Before
    from mirroring.policies.precedence import Precedence
    from mirroring.policies.rules import ReadList
    from mirroring.verdicts import Verdict

    Count = Callable[[Ref, str], int]


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


class Puzzle(NamedTuple):
    """An object whose source cannot be named, and why.

    Args:
        found: it.
        because: why.
        is_fault: whether looking at it failed, so that it has to be looked at once more.
        said: what its owner is told instead; empty for why.
    """

    found: Metadata
    because: str
    is_fault: bool = False
    said: str = ""


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
    _precedence: Precedence = BY_AGE
    _read_list: ReadList = PatternList.parse
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

        One that breaks that breaks nothing else; it stays among the objects, as it is there. Those
        that are barred succeed no other source, nor does one that comes after it.
        """
        by_ref = {found.ref: found for found in objects}
        puzzling = {each.found.ref: each for each in puzzles}
        sorting = _Sorting(by_ref, namespaces, puzzling, barred, precedence, read_list)
        for found in by_ref.values():
            sorting.take(found)
        index = NamespaceIndex(namespaces)
        asking = [by_ref[ref] for ref in sorting.asking] if scope.knows_rivals else []
        rivals = Rivals(asking, namespaces, index, precedence, read_list=read_list)
        return cls(
            scope,
            namespaces,
            by_ref,
            names,
            tuple(sorting.puzzles.values()),
            dict(sorting.mirrors),
            dict(sorting.declared),
            index,
            sorting.asking,
            frozenset(sorting.former),
            sorting.proven_heirs(),
            _precedence=precedence,
            _read_list=read_list,
            _rivals=rivals if scope.knows_rivals else None,
        )

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
        known = map(self.objects.__getitem__, self._asking) if self.scope.knows_rivals else sources
        rivals = Rivals(
            known,
            self.namespaces,
            self._index,
            self._precedence,
            ends,
            held=counted or self._mirrors_of,
            read_list=self._read_list,
        )
        return replace(self, _rivals=rivals, _ends=ends, _counted=counted)

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
        # What some namespaces show is not how many there are, and to look costs a list.
        is_by_number = self._ends.is_by_number(kind, mirror_name)
        held = self._mirrors_of(source.ref, mirror_name) if is_by_number else 0
        for name in self._candidates(source, mirrors):
            namespace = self.namespaces[name]
            place = Ref(kind, name, mirror_name)
            found = self._find(place)
            if found is None:
                before = self._before(source, place)
                kept_for = self._kept_for(source, place, held)
                yield Cell(namespace, None, is_loss=is_loss, before=before, kept_for=kept_for)
            elif found.ref not in theirs:
                goes_on = heir_of is not None and source.may_go_on_with(found)
                cell = self._held(source, namespace, found)
                yield cell._replace(heir_of=heir_of) if goes_on else cell
        for found in mirrors:
            if found.ref.name != mirror_name:
                yield self._held(source, self.namespaces[found.ref.namespace], found)
        for found in declared:
            yield Cell(self.namespaces[found.ref.namespace], found, declared=True)

    def declared(self, source: Ref) -> Sequence[Metadata]:
        """Return the pull mirrors that come from a source in the end."""
        return self._declared.get(source, ())

    def has_ended(self, source: Ref) -> bool:
        """Whether an object that was a source is none any more, as far as was looked."""
        found = self.objects.get(source)
        return found is None or not is_source(found)

    def ended_predecessor(self, source: Source) -> Ref | None:
        """Return the source that one succeeds, if it is none any more as far as was looked."""
        before = source.predecessor
        if before is None or self._precedence.outranks(before, source.ref):
            return None
        return before if self.has_ended(before) else None

    def permits(self, source: Ref, namespace: str) -> Verdict:
        """Decide whether a source that is there permits a mirror in a namespace."""
        target = self.namespaces.get(namespace)
        if target is None:
            return unknown(f"namespace {namespace} is not among those that may be written in")
        found = Source.of(source, self.objects.get(source), read_list=self._read_list)
        return found.permits_auto(target)

    def proven_predecessor(self, source: Source) -> Ref | None:
        """Return the source that one was a mirror of, if another mirror of that proves it."""
        before = source.predecessor
        if before is None or not self._proves(before, source):
            return None
        return before

    def _proves(self, before: Ref, heir: Source) -> bool:
        """Whether mirrors of a source, which anybody may forge, show that another one was one, too.

        While that source is there, its own rules say where one may be. When it is gone, what most
        of them say that they hold counts.
        """
        if before in self._asking:
            if not self.permits(before, heir.ref.namespace):
                return False
            return any(map(heir.may_go_on_with, self._mirrors.get(before, ())))
        held = Counter(
            found.annotations.get(CONTENT_HASH, "")
            for found in self._mirrors.get(before, ())
            if found.ref.name == heir.ref.name
        ).most_common(2)
        is_clear = bool(held) and (len(held) == 1 or held[0][1] > held[1][1])
        own = heir.metadata.annotations.get(CONTENT_HASH, "") if heir.metadata else ""
        return is_clear and own != "" and own == held[0][0]

    def _mirrors_of(self, source: Ref, name: str) -> int:
        """Return how many mirrors of a name a source has, as far as was looked."""
        if self._counted:
            return self._counted(source, name)
        return sum(found.ref.name == name for found in self._mirrors.get(source, ()))

    def _held(self, source: Source, namespace: Namespace, found: Metadata) -> Cell:
        """Make the cell of a namespace where something has the mirror's place."""
        cell = Cell(namespace, found, heir=self._heir(source, namespace, found))
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

    def _heir(self, source: Source, namespace: Namespace, found: Metadata) -> Ref | None:
        """Name the source that wants to go on with a mirror of one that is none any more."""
        for each in self._heirs.get(source.ref, ()):
            is_wanted = each.mirror_name == found.ref.name and each.ref.namespace != namespace.name
            if not is_wanted or not each.may_go_on_with(found):
                continue
            if each.asks(namespace).answer is not Answer.NO:
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
    precedence: Precedence
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
            said = said_of_refusal(found, error.namespaces)
            self.puzzles[found.ref] = Puzzle(found, str(error), said=said)
        except Exception as error:
            self.puzzles[found.ref] = Puzzle(found, account_of(error), is_fault=True)

    def _take(self, found: Metadata) -> None:
        record = record_of(found)
        if not record and is_source(found):
            self.asking[found.ref] = _rules(found)
            if (before := predecessor_of(found)) and self._may_succeed(found.ref, before):
                self.heirs[before].append(Source.of(found.ref, found, read_list=self.read_list))
        elif is_indexed(found):
            self.former.add(found.ref)
        if not record or found.ref.namespace not in self.namespaces:
            return
        if not record.automatic:
            self.declared[origin(found, self.by_ref.get)].append(found)
        elif claim(found, record.source).may_delete:
            self.mirrors[record.source].append(found)

    def proven_heirs(self) -> dict[Ref, list[Source]]:
        """Return by sources that are none any more those that may go on with a mirror of them."""
        found: dict[Ref, list[Source]] = {}
        for ref, heirs in self.heirs.items():
            if ref in self.asking or ref not in self.mirrors:
                continue
            # Many may say so of one that has many mirrors, most of which hold the same.
            mirrors = {
                (each.ref.name, each.annotations.get(CONTENT_HASH)): each
                for each in self.mirrors[ref]
            }.values()
            found[ref] = [each for each in heirs if any(map(each.may_go_on_with, mirrors))]
        return found

    def _may_succeed(self, heir: Ref, before: Ref) -> bool:
        return heir not in self.barred and not self.precedence.outranks(before, heir)


def _rules(source: Metadata) -> tuple[str, str]:
    """Sort sources with the same rules side by side."""
    rules = [text for name, text in sorted(source.annotations.items()) if "namespaces" in name]
    return "\n".join(rules), str(source.ref)
