"""Surveys: every source with what its mirrors are like, from metadata alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from kubectl_mirror.asking.ahead import Ahead
from kubectl_mirror.asking.answers import Answer, Mirror, Place, Row
from kubectl_mirror.asking.judging import Judging
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.states import State
from mirroring.errors import ChainError, Forbidden
from mirroring.names import ROLE, SOURCE
from mirroring.objects.references import is_object_name
from mirroring.ownership.chains import origin
from mirroring.ownership.records import is_declared, record_of, source_label
from mirroring.planning import drift
from mirroring.planning.cells import Cell
from mirroring.planning.plans import judge
from mirroring.planning.scopes import Scope
from mirroring.planning.steps import Op, Step
from mirroring.policies.roles import mirror_name
from mirroring.verdicts import Answer as Decided

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mirroring.cluster.leases import LeaseKeeper
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind, Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.policies.limits import Limits

_MOST_BY_NAME: Final = 20  # sources that are looked at by a list each; of more, one shows all


@dataclass(frozen=True)
class Survey:
    """Asks of a cluster what a resync would do.

    Args:
        reader: reads it; never a content.
        limits: what kn-mirror looks at there.
        leases: show which places are kept for sources that went.
        namespace: kn-mirror's own.
        now: the time.
    """

    reader: Reader
    limits: Limits
    leases: LeaseKeeper | None
    namespace: str
    now: datetime

    def answer(self, question: Question) -> Answer:
        """Look at what somebody asks about.

        Raises:
            ApiError: it cannot be read, with which right that takes.
        """
        if question.is_of_all:
            return self._of_all(question)
        rows: list[Row] = []
        mirrors: list[Mirror] = []
        puzzles: list[Puzzle] = []
        for kind in self.limits.kinds:
            named = frozenset(ref for ref in question.sources if ref.kind == kind)
            if question.namespace:
                across = Scope(kind, namespaces=frozenset({question.namespace}), after_loss=True)
                try:
                    snapshot, found = self._judging.seen(across)
                except Forbidden as error:
                    mirrors += self._by_their_own_word(kind, question.namespace, error)
                    continue
                seen = {mirror.ref: mirror for row in found for mirror in row.mirrors}
                mirrors += (self._filled(across, question.namespace) | seen).values()
                named = frozenset(
                    row.ref for row in found if row.ref.namespace == question.namespace
                )
                puzzles += snapshot.puzzles
            if named:
                snapshot, found = self._judging.seen(Scope(kind, named, after_loss=True))
                rows += [row for row in found if row.is_there]
                puzzles += snapshot.puzzles
        asked = [each for each in puzzles if question.concerns(each)]
        mirrors.sort(key=lambda each: str(each.ref))
        excluded = self.limits.excluded(question.sources)
        is_nowhere = not (rows or mirrors or asked) and self._lacks(question.namespace)
        return Answer(question, rows, mirrors, asked, excluded, is_nowhere)

    def _lacks(self, namespace: str) -> bool:
        """Whether a namespace is not there, as far as who asks may see that."""
        try:
            return bool(namespace) and self.reader.namespace(namespace) is None
        except Forbidden:
            return False

    def place(self, source: Ref, namespace: str, mirror: Ref | None = None) -> Place:
        """Look at one source in one namespace.

        Args:
            source: what it is called.
            namespace: likewise.
            mirror: the object that is meant there; None for what has the name of its mirrors.

        Raises:
            ApiError: it cannot be read, with which right that takes.
        """
        observer = self._judging.observer
        found = self.reader.metadata(source)
        objects = frozenset({mirror} if mirror else self._held(source, found, namespace))
        named, there = frozenset({source}), frozenset({namespace})
        scope = Scope(source.kind, named, there, objects, after_loss=True)
        snapshot = observer.observe(scope, {source: found})
        made = self._judging.plan(snapshot, source, self._judging.vacancies(observer))
        steps = [step for step in made.steps if step.target.namespace == namespace]
        where = snapshot.namespaces.get(namespace)
        if where and not steps and namespace != source.namespace:
            # What is clearly not permitted, where nothing is, is no cell of a plan.
            steps = [judge(made.source, Cell(where), at=self.now)]
        meant = mirror or made.source.mirror_in(namespace)
        if mirror is None and made.source.standing.answer is Decided.UNKNOWN:
            # What its mirrors are to be called may be what cannot be read: those there stay.
            steps.sort(key=lambda step: step.op is Op.SKIP)
            return Place(made, where, next(iter(steps), None))
        called = [step for step in steps if step.target == meant]
        return Place(made, where, next(iter([*called, *steps]), None))

    def _held(self, source: Ref, found: Metadata | None, namespace: str) -> Iterator[Ref]:
        """Name the mirrors in a namespace of a source whose mirrors have no name that can be."""
        if found and not is_object_name(mirror_name(found)):
            selector = f"{SOURCE}={source_label(source)}"
            for each in self.reader.list_metadata(
                source.kind, namespace=namespace, selector=selector
            ):
                yield each.ref

    def everything(self) -> Answer:
        """Look at the whole cluster, at what has no label to be found by, too.

        Raises:
            ApiError: it cannot be read, with which right that takes.
        """
        return self._of_all(Question(), everything=True)

    def on(self, reader: Reader) -> Survey:
        """Ask the same of what another reader shows."""
        return replace(self, reader=reader)

    def _of_all(self, question: Question, *, everything: bool = False) -> Answer:
        """Look at all sources; the lists that it takes are read at the same time."""
        scopes = [Scope(kind, everything=everything, after_loss=True) for kind in self.limits.kinds]
        observe, namespaces = self._judging.observer.observe, self._judging.coming
        coming = [Ahead(partial(observe, scope, {}, namespaces)) for scope in scopes]
        rows: list[Row] = []
        puzzles: list[Puzzle] = []
        for scope, observed in zip(scopes, coming, strict=True):
            snapshot = observed()
            found = self._judging.judged(snapshot)
            found = found if everything else self._with_what_is_in_place(scope.kind, found)
            rows += [row for row in found if row.is_there]
            puzzles += snapshot.puzzles
        return Answer(question, rows, (), puzzles)

    def _filled(self, scope: Scope, namespace: str) -> dict[Ref, Mirror]:
        """Look at pull mirrors that need nothing, which whoever asks about a namespace passes over.

        Those that lead nowhere are among the puzzles, or have no source to be a row of.
        """
        declared = self.reader.list_metadata(scope.kind, namespace=namespace, only=is_declared)
        sources: set[Ref] = set()
        for each in declared:
            with suppress(ChainError):
                sources.add(origin(each, self.reader.metadata))
        if not sources:
            return {}
        objects = frozenset(each.ref for each in declared)
        _, rows = self._judging.seen(replace(scope, sources=frozenset(sources), objects=objects))
        found = (mirror for row in rows for mirror in row.mirrors)
        return {mirror.ref: mirror for mirror in found if mirror.ref in objects}

    def _with_what_is_in_place(self, kind: Kind, rows: list[Row]) -> list[Row]:
        """Look once more at sources that lack a mirror: something of others may have its place.

        By labels, by which all sources are looked at, only sources and mirrors are seen.
        """
        lacking = frozenset(row.ref for row in rows if State.MISSING in row.counts)
        if not lacking:
            return rows
        are_many = len(lacking) > _MOST_BY_NAME
        rest = None if are_many else lacking
        scope = Scope(kind, rest, everything=are_many, after_loss=True)
        _, found = self._judging.seen(scope)
        known = {row.ref: row for row in found}
        return [known.get(row.ref, row) if row.ref in lacking else row for row in rows]

    def _by_their_own_word(self, kind: Kind, namespace: str, error: Forbidden) -> Iterator[Mirror]:
        """Name the mirrors in a namespace, where no source may be seen.

        Raises:
            Forbidden: nor may they.
        """
        for found in self.reader.list_metadata(kind, namespace=namespace, selector=ROLE):
            if record := record_of(found):
                because = (
                    f"{drift.possible(found).because}, of itself; whether it is the source's takes "
                    f"the right to list {kind.plural} in all namespaces"
                )
                step = Step(Op.FAIL, found.ref, because, error.code, found)
                yield Mirror(record.source, State.UNKNOWN, step)

    @cached_property
    def _judging(self) -> Judging:
        return Judging(self.reader, self.limits, self.leases, self.namespace, self.now)
