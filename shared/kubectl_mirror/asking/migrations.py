"""Migrations: what would change on the day on which kn-mirror takes over from another tool."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from kubectl_mirror.asking.states import State
from kubectl_mirror.asking.translations import (
    Translation,
    handover_of,
    pulled_by,
    question_of,
    tool_of,
    translation_of,
)
from mirroring.planning import drift
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kubectl_mirror.asking.answers import Answer, Mirror, Row
    from kubectl_mirror.asking.surveys import Survey
    from mirroring.cluster.protocols import Reader
    from mirroring.objects.metadata import Metadata, Namespace, Object
    from mirroring.objects.references import Kind, Ref


class Change(Enum):
    """What becomes of a mirror."""

    STAYS = "unchanged"
    TAKEN_OVER = "taken over"  # it gets kn-mirror's labels, and keeps its content
    COMPARED = "compared"  # by its content, and brought in line where that differs
    RENEWED = "brought in line"
    MADE = "made"
    GOES = "taken away"
    BLOCKED = "blocked"
    CONTESTED = "contested"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    @property
    def is_quiet(self) -> bool:
        """Whether nobody would notice."""
        return self in (Change.STAYS, Change.TAKEN_OVER)


_CHANGES = {
    State.IN_SYNC: Change.STAYS,
    State.STAYS: Change.STAYS,
    State.BEHIND: Change.RENEWED,
    State.EDITED: Change.RENEWED,
    State.MISSING: Change.MADE,
    State.LEAVING: Change.GOES,
    State.BLOCKED: Change.BLOCKED,
    State.CONTESTED: Change.CONTESTED,
    State.REFUSED: Change.REFUSED,
    State.UNKNOWN: Change.UNKNOWN,
}


class Fate(NamedTuple):
    """A mirror, and what becomes of it."""

    mirror: Mirror
    change: Change


@dataclass(frozen=True, slots=True)
class Migration:
    """What would change.

    Args:
        answer: what kn-mirror would do, once everything is written that is to be.
        translations: what is to be written.
    """

    answer: Answer
    translations: Sequence[Translation]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing changes, and nobody has to do anything."""
        fates = (fate for row in self.answer.rows for fate in fates_of(row))
        are_quiet = all(fate.change.is_quiet for fate in fates)
        has_problems = any(row.plan.problems for row in self.answer.rows) or self.answer.puzzles
        return are_quiet and not has_problems and not self.translations


def migration(survey: Survey) -> Migration:
    """Look at a whole cluster as kn-mirror would find it.

    Raises:
        ApiError: it cannot be read, with which right that takes.
    """
    translations = _translations(survey)
    answer = survey.on(Annotated(survey.reader, translations)).everything()
    handovers = [*_handovers(answer)]
    for each in handovers:
        # Of several sources that want a place one is what it is a copy of.
        if each.annotations or each.ref not in translations:
            translations[each.ref] = each
    if handovers:
        answer = survey.on(Annotated(survey.reader, translations)).everything()
    return Migration(answer, [*translations.values()])


def fates_of(row: Row) -> Sequence[Fate]:
    """Say of each mirror of a source what becomes of it."""
    return [Fate(mirror, _change(row, mirror)) for mirror in row.mirrors]


def _change(row: Row, mirror: Mirror) -> Change:
    step = mirror.step
    if step.op in (Op.NOTE, Op.REKEY, Op.CEDE):
        return Change.TAKEN_OVER
    if step.op in (Op.READ, Op.COMPARE):
        return Change.COMPARED
    is_written = step.op is Op.UPDATE and step.seen is not None and not step.declared
    if is_written and step.seen and drift.of_source(row.plan.source, step.seen):
        return Change.TAKEN_OVER
    return _CHANGES[mirror.state]


def _translations(survey: Survey) -> dict[Ref, Translation]:
    found: dict[Ref, Translation] = {}
    pulled: defaultdict[Ref, list[Ref]] = defaultdict(list)
    for kind in survey.limits.kinds:
        for each in survey.reader.list_metadata(kind, only=lambda each: bool(tool_of(each))):
            if made := translation_of(each):
                found[each.ref] = made
            if (ref := pulled_by(each)) and ref != each.ref:
                pulled[ref].append(each.ref)
    for ref, pulls in pulled.items():
        source = survey.reader.metadata(ref)
        if source and ref not in found and (made := question_of(source, pulls)):
            found[ref] = made
    return found


def _handovers(answer: Answer) -> Iterator[Translation]:
    for row in answer.rows:
        source = row.plan.source.metadata
        for mirror in row.mirrors:
            seen = mirror.step.seen
            is_blocked = mirror.state is State.BLOCKED
            if is_blocked and source and seen and (made := handover_of(seen, source)):
                yield made


class Annotated:
    """A reader of the cluster as it will be, once annotations are written.

    Args:
        reader: of the cluster as it is.
        translations: what is written, by object.
    """

    def __init__(self, reader: Reader, translations: Mapping[Ref, Translation]) -> None:
        self._reader, self._translations = reader, translations

    def get(self, ref: Ref) -> Object | None:
        """Read an object as it is."""
        return self._reader.get(ref)

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it is not there."""
        found = self._reader.metadata(ref)
        return found and self._annotated(found)

    def namespace(self, name: str) -> Namespace | None:
        """Read a namespace; None when it is not there."""
        return self._reader.namespace(name)

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        return self._reader.namespaces()

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = lambda _: True,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects, as `Reader` says."""
        found = self._reader.list_metadata(
            kind,
            namespace=namespace,
            name=name,
            selector=selector,
            only=lambda each: only(self._annotated(each)),
        )
        return [*map(self._annotated, found)]

    def _annotated(self, found: Metadata) -> Metadata:
        made = self._translations.get(found.ref)
        if not made or not made.annotations:
            return found
        return structs.replace(found, annotations={**found.annotations, **made.annotations})
