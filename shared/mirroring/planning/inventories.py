"""Inventories: what objects are, sources or mirrors, and whose."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mirroring.errors import ChainError, account_of, code_of
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import claim
from mirroring.ownership.records import predecessor_of, record_of
from mirroring.planning.discretion import said_of_refusal
from mirroring.policies.patterns import PatternList
from mirroring.policies.roles import is_indexed, is_source
from mirroring.policies.sources import Source

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from mirroring.codes import Code, Reason
    from mirroring.objects.metadata import Look, Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.policies.rules import ReadList


class Puzzle(NamedTuple):
    """An object whose source cannot be named, and why.

    Args:
        found: it.
        because: why.
        code: of that.
        is_fault: whether looking at it failed, so that it has to be looked at once more.
        said: what its owner is told instead; None for why.
    """

    found: Metadata
    because: str
    code: Code
    is_fault: bool = False
    said: Reason | None = None


@dataclass(slots=True, repr=False)
class Inventory:
    """What objects are, as far as they were looked at.

    Args:
        objects: they.
        namespaces: those that may be written in, by name.
        read_list: reads lists of patterns.
        barred: sources that are not followed: they want no place and go on with no mirror.
        puzzles: objects that are no source's.
        asking: sources, with what they are sorted by.
        former: what is found like a source, and is none any more.
        mirrors: automatic ones, by source.
        declared: pull mirrors, by the source that they come from in the end.
        successors: sources that were mirrors, by the source that they had then.
    """

    objects: Mapping[Ref, Metadata] = field(default_factory=dict)
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    read_list: ReadList = PatternList.parse
    barred: Container[Ref] = frozenset()
    puzzles: dict[Ref, Puzzle] = field(default_factory=dict)
    asking: dict[Ref, tuple[str, str]] = field(default_factory=dict)
    former: set[Ref] = field(default_factory=set)
    mirrors: defaultdict[Ref, list[Metadata]] = field(default_factory=lambda: defaultdict(list))
    declared: defaultdict[Ref, list[Metadata]] = field(default_factory=lambda: defaultdict(list))
    successors: defaultdict[Ref, list[Source]] = field(default_factory=lambda: defaultdict(list))
    # The sources of mirrors, by what others say of themselves, too: thousands the same.
    _alike: dict[Look, Ref] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        objects: Iterable[Metadata],
        namespaces: Mapping[str, Namespace],
        puzzles: Iterable[Puzzle] = (),
        *,
        read_list: ReadList = PatternList.parse,
        barred: Container[Ref] = frozenset(),
    ) -> Inventory:
        """Take stock; an object that breaks that breaks nothing else, and stays among them."""
        by_ref = {found.ref: found for found in objects}
        puzzling = {each.found.ref: each for each in puzzles}
        inventory = cls(by_ref, namespaces, read_list, barred, puzzling)
        for found in by_ref.values():
            inventory.take(found)
        return inventory

    def take(self, found: Metadata) -> None:
        """Look at an object."""
        if found.ref in self.puzzles:
            return
        try:
            self._take(found)
        except ChainError as error:
            said = said_of_refusal(found, error.namespaces)
            self.puzzles[found.ref] = Puzzle(found, str(error), error.code, said=said)
        except Exception as error:
            because, code = account_of(error), code_of(error)
            self.puzzles[found.ref] = Puzzle(found, because, code, is_fault=True)

    def _take(self, found: Metadata) -> None:
        mirrored, namespace = self._alike.get(found.look), found.ref.namespace
        if mirrored and namespace in self.namespaces and namespace != mirrored.namespace:
            self.mirrors[mirrored].append(found)
            return
        record = record_of(found)
        if not record and is_source(found):
            self.asking[found.ref] = _rules(found)
            if before := predecessor_of(found):
                source = Source.of(found.ref, found, read_list=self.read_list)
                self.successors[before].append(source)
        elif is_indexed(found):
            self.former.add(found.ref)
        if not record or namespace not in self.namespaces:
            return
        if not record.automatic:
            self.declared[origin(found, self.objects.get)].append(found)
        elif claim(found, record.source).may_delete:
            self.mirrors[record.source].append(found)
            if not is_indexed(found):
                self._alike[found.look] = record.source

    def sources(self) -> list[Metadata]:
        """Return those that permit mirrors, and are followed."""
        return [self.objects[ref] for ref in self.asking if ref not in self.barred]

    def mirrors_of(self, source: Ref, name: str) -> list[Metadata]:
        """Return the mirrors of a name that a source has."""
        return [found for found in self.mirrors.get(source, ()) if found.ref.name == name]


def _rules(source: Metadata) -> tuple[str, str]:
    """Sort sources with the same rules side by side."""
    rules = [text for name, text in sorted(source.annotations.items()) if "namespaces" in name]
    return "\n".join(rules), str(source.ref)
