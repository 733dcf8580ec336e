"""Observing: a scope of the cluster, in the cheapest lists that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import structs

from mirroring.errors import account_of, code_of
from mirroring.names import ROLE, ROLE_PULL_MIRROR, ROLE_SOURCE, SOURCE
from mirroring.objects.references import Ref, is_object_name
from mirroring.ownership.chains import MOST_LINKS
from mirroring.ownership.records import is_declared, record_of, source_label
from mirroring.planning.inventories import Puzzle
from mirroring.planning.snapshots import Snapshot
from mirroring.policies.limits import Consent
from mirroring.policies.misreadings import misread
from mirroring.policies.patterns import PatternList
from mirroring.policies.roles import is_indexed, is_source, mirror_name
from mirroring.reconciling.readings import (
    before,
    is_filled,
    is_left_by,
    name_of,
    otherwise,
    wanted_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind
    from mirroring.planning.scopes import Scope
    from mirroring.policies.limits import Limits
    from mirroring.policies.rules import ReadList

SOURCES: Final = f"{ROLE}={ROLE_SOURCE}"
_PULL_MIRRORS: Final = f"{ROLE}={ROLE_PULL_MIRROR}"

Known = dict[Ref, "Metadata | None"]
Namespaces = Callable[[], Mapping[str, "Namespace"]]


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads snapshots.

    Args:
        reader: of the cluster.
        limits: what is left out of them.
        read_list: reads lists of patterns, within what they may cost the event.
    """

    reader: Reader
    limits: Limits
    read_list: ReadList = PatternList.parse

    def observe(
        self,
        scope: Scope,
        known: Mapping[Ref, Metadata | None],
        namespaces: Namespaces | None = None,
    ) -> Snapshot:
        """Read a scope.

        Args:
            scope: what of the cluster.
            known: what was just read, so that it need not be again; None is what is not there.
            namespaces: returns those of the cluster, where they were just read, or are being read.

        Raises:
            ApiError: the cluster could not be read.
        """
        if scope.sources is not None and scope.namespaces is not None:
            return self._cells(scope, scope.sources, scope.namespaces, Known(known))
        if scope.sources is not None:
            return self._rows(scope, scope.sources, Known(known), namespaces)
        if scope.namespaces is not None:
            return self._columns(scope, scope.namespaces, namespaces)
        return self._everything(scope, namespaces)

    def namespaces(self) -> Mapping[str, Namespace]:
        """Read those that may be written in."""
        return self._permitted(self.reader.namespaces())

    def as_set(self, namespace: Namespace) -> Namespace:
        """Return a namespace with what the operator says of its owner's word."""
        trusting = self.limits.consent is Consent.SOURCES
        reserved = self.limits.reserved.match(namespace.name)
        if not (trusting or reserved):
            return namespace
        return structs.replace(namespace, trusting=trusting, reserved=reserved)

    def _permitted(self, namespaces: Iterable[Namespace]) -> Mapping[str, Namespace]:
        permits = self.limits.targets.permits
        return {each.name: self.as_set(each) for each in namespaces if permits(each.name)}

    def _named(self, names: Iterable[str]) -> Mapping[str, Namespace]:
        found = (self.reader.namespace(name) for name in sorted(names))
        return self._permitted(each for each in found if each)

    def _cells(
        self, scope: Scope, sources: frozenset[Ref], namespaces: frozenset[str], known: Known
    ) -> Snapshot:
        """A few sources in a few namespaces: object by object."""
        names = {name_of(ref, known) for ref in sources} - {""}
        wanted = {Ref(scope.kind, each, name) for each in namespaces for name in names}
        looked = [self._look(ref, known) for ref in sorted(wanted | scope.objects, key=str)]
        there = [found for found in (*looked, *map(known.get, sources)) if found]
        there += self._related(scope.kind, sources, there, known)
        links, puzzles = self._links(there, known)
        return Snapshot.of(
            scope,
            self._named(namespaces),
            [*there, *links],
            names=frozenset(names),
            puzzles=puzzles,
            barred=self._barred(there),
            precedence=self.limits.precedence,
            read_list=self.read_list,
        )

    def _rows(
        self,
        scope: Scope,
        sources: frozenset[Ref],
        known: Known,
        namespaces: Namespaces | None,
    ) -> Snapshot:
        """A few sources everywhere: by the name of their mirrors, or what is left of them."""
        there = [found for ref in sources if (found := self._look(ref, known))]
        objects: list[Metadata] = []
        names: set[str] = set()
        for ref in sources:
            found = known[ref]
            name = mirror_name(found) if found else ref.name
            is_asking = found is not None and (bool(is_source(found)) or is_indexed(found))
            if is_asking and is_object_name(name):
                names.add(name)
                objects += self.reader.list_metadata(scope.kind, name=name)
            # Mirrors of what is gone, or was called otherwise, are found by their label alone.
            if found is None or not is_source(found) or name != ref.name:
                selector = f"{SOURCE}={source_label(ref)}"
                objects += self.reader.list_metadata(scope.kind, selector=selector)
        if not names and not objects:
            return Snapshot.of(scope, {}, there, names=frozenset(names))
        objects += there
        objects += self._related(scope.kind, sources, objects, known)
        objects += self.reader.list_metadata(scope.kind, selector=_PULL_MIRRORS)
        return Snapshot.of(
            scope,
            (namespaces or self.namespaces)(),
            objects,
            names=frozenset(names),
            barred=self._barred(objects),
            precedence=self.limits.precedence,
            read_list=self.read_list,
        )

    def _columns(
        self,
        scope: Scope,
        names: frozenset[str],
        namespaces: Namespaces | None,
    ) -> Snapshot:
        """All sources in a few namespaces: the sources by label, and all that is there."""
        sources = self.sources(scope.kind)
        wanted = {wanted_name(found) for found in sources}
        there: list[Metadata] = []
        for name in sorted(names):
            there += self.reader.list_metadata(
                scope.kind,
                namespace=name,
                only=lambda found: found.ref.name in wanted or self._concerns(found),
            )
        known = Known({found.ref: found for found in (*sources, *there)})
        left = [found for found in there if not is_filled(found, known)]
        links, puzzles = self._links(left, known)
        objects = [*sources, *left, *links]
        those = namespaces() if namespaces else self._named(names)
        return self._sorted(scope, those, objects, puzzles)

    def _everything(self, scope: Scope, namespaces: Namespaces | None) -> Snapshot:
        namespaces = namespaces or self.namespaces
        if not scope.everything:
            indexed = self.reader.list_metadata(scope.kind, selector=ROLE, only=self._concerns)
            return self._sorted(scope, namespaces(), indexed)
        # By their names it is known which objects of others are in a mirror's place.
        names = {wanted_name(found) for found in self.sources(scope.kind)}
        objects = self.reader.list_metadata(
            scope.kind,
            only=lambda found: (
                found.ref.name in names or self._concerns(found) or self._is_misread(found)
            ),
        )
        # Sources that had no label were not known by then.
        for name in sorted({wanted_name(found) for found in objects} - names - {""}):
            objects += self.reader.list_metadata(scope.kind, name=name)
        return self._sorted(scope, namespaces(), objects)

    def _related(
        self, kind: Kind, sources: frozenset[Ref], objects: Iterable[Metadata], known: Known
    ) -> list[Metadata]:
        """Read the sources that succeed those that are none any more, and those that they succeed.

        The first may be any; they are looked for where something is left to succeed to.
        """
        asking = {found.ref for found in objects if found.ref in sources and is_source(found)}
        succeeded = {before(found) for found in objects if found.ref in asking}
        looked = [self._look(ref, known) for ref in sorted(filter(None, succeeded), key=str)]
        related = [found for found in looked if found]
        ended = sources - asking
        if any(is_left_by(found, ended) for found in objects):
            related += [found for found in self.sources(kind) if before(found) in ended]
        return related

    def _barred(self, objects: Iterable[Metadata]) -> frozenset[Ref]:
        """Name the sources that are not followed, by the settings."""
        return frozenset(found.ref for found in objects if self._is_barred(found))

    @otherwise(answer=True)
    def _is_barred(self, found: Metadata) -> bool:
        return bool(self.limits.excluded_because(found.ref)) and bool(is_source(found))

    def _sorted(
        self,
        scope: Scope,
        namespaces: Mapping[str, Namespace],
        objects: Sequence[Metadata],
        puzzles: Iterable[Puzzle] = (),
    ) -> Snapshot:
        return Snapshot.of(
            scope,
            namespaces,
            objects,
            puzzles=puzzles,
            barred=self._barred(objects),
            precedence=self.limits.precedence,
            read_list=self.read_list,
        )

    def sources(self, kind: Kind) -> list[Metadata]:
        """Read what is labelled a source, within the limits."""
        return self.reader.list_metadata(kind, selector=SOURCES, only=self._concerns)

    def called(self, kind: Kind, name: str) -> list[Metadata]:
        """Read what is called by a name, wherever it is."""
        return self.reader.list_metadata(kind, name=name)

    @otherwise(answer=True)
    def _concerns(self, found: Metadata) -> bool:
        """Whether an object is a source, was one, or is a mirror, within the limits."""
        if record_of(found):
            return self.limits.targets.permits(found.ref.namespace)
        is_concerned = is_indexed(found) or bool(is_source(found))
        return is_concerned and not self.limits.excluded_because(found.ref)

    @otherwise(answer=False)
    def _is_misread(self, found: Metadata) -> bool:
        """Whether somebody wrote annotations on an object that are not understood."""
        return bool(misread(found)) and not self.limits.excluded_because(found.ref)

    def _look(self, ref: Ref, known: Known) -> Metadata | None:
        if ref not in known:
            known[ref] = self.reader.metadata(ref)
        return known[ref]

    def _links(
        self, mirrors: Iterable[Metadata], known: Known
    ) -> tuple[list[Metadata], list[Puzzle]]:
        """Read what pull mirrors name, and what that names, as far as it is not known.

        Where that fails for one, its source is not known, and those of others are.
        """
        links: list[Metadata] = []
        puzzles: list[Puzzle] = []
        for mirror in mirrors:
            try:
                links += self._chain(mirror, known)
            except Exception as error:
                puzzles.append(Puzzle(mirror, account_of(error), code_of(error), is_fault=True))
        return links, puzzles

    def _chain(self, mirror: Metadata, known: Known) -> Iterator[Metadata]:
        found: Metadata | None = mirror if is_declared(mirror) else None
        for _ in range(MOST_LINKS):
            record = found and record_of(found)
            if not record or record.source in known:
                return
            found = self._look(record.source, known)
            if found:
                yield found
