"""Objects: what a Secret or ConfigMap that somebody asks about is, whether it is there or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kubectl_mirror.asking.ages import age_since
from kubectl_mirror.asking.explanations import Explanation, left_out, left_to_owners, of_place
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.states import State
from mirroring import names
from mirroring.codes import Code
from mirroring.errors import ChainError, Forbidden
from mirroring.objects.references import Ref
from mirroring.ownership.chains import origin
from mirroring.ownership.records import record_of
from mirroring.planning import drift
from mirroring.policies.misreadings import misread
from mirroring.policies.roles import is_source, mirror_name
from mirroring.reconciling.observing import Observer
from mirroring.reconciling.readings import wanted_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubectl_mirror.asking.answers import Row
    from kubectl_mirror.asking.surveys import Survey
    from mirroring.codes import Reason
    from mirroring.objects.metadata import Metadata
    from mirroring.ownership.records import MirrorRecord


@dataclass(frozen=True, slots=True)
class Inquirer:
    """Explains objects, as far as whoever asks may look.

    Args:
        survey: of the cluster.
    """

    survey: Survey

    def mirror(self, source: Ref, namespace: str, mirror: Ref | None = None) -> Explanation:
        """Explain why a source has a mirror in a namespace, or has none.

        Args:
            source: what it is called.
            namespace: likewise.
            mirror: the object that is meant there; None for what has the name of its mirrors.

        Raises:
            ApiError: it cannot be known.
        """
        try:
            place = self.survey.place(source, namespace, mirror)
        except Forbidden as error:
            return _unseen(Ref(source.kind, namespace, source.name), error, source)
        return of_place(place, source, namespace, self.survey.limits)

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object's metadata; None when it is not there, or may not be seen."""
        try:
            return self.survey.reader.metadata(ref)
        except Forbidden:
            return None

    def is_there(self, ref: Ref) -> bool:
        """Whether an object is there, and may be seen."""
        return self.metadata(ref) is not None

    def object(self, ref: Ref) -> Sequence[Explanation]:
        """Explain what an object is; of one that is no mirror, whose it might be.

        Commands that give away what others have are for who names the source: ask `mirror`.

        Raises:
            ApiError: it cannot be known.
        """
        return [*map(left_to_owners, self._object(ref))]

    def _object(self, ref: Ref) -> Sequence[Explanation]:
        try:
            found = self.survey.reader.metadata(ref)
        except Forbidden as error:
            return [_unseen(ref, error)]
        if found is None:
            return self._wanted(ref, f"There is no {ref}")
        problems = misread(found)
        if is_source(found):
            return [self._source(ref)]
        record = record_of(found)
        if record is None:
            return self._wanted(ref, f"{ref} is no mirror, nor a source", problems)
        explained = self._mirror(found, record)
        return [replace(explained, problems=[*problems, *explained.problems])]

    def _source(self, ref: Ref) -> Explanation:
        if because := self.survey.limits.excluded_because(ref):
            said = f"{ref} is a source, but is not looked at: {because}."
            return Explanation(ref, said, source=ref, code=Code.OUTSIDE_LIMITS)
        rows = self.survey.answer(Question(frozenset({ref}))).rows
        own = [row for row in rows if row.ref == ref]
        problems = [each for row in own for each in row.plan.problems]
        said = f"{ref} is a source; its mirrors: {''.join(map(_counted, own)) or 'none'}."
        are_well = all(row.is_well for row in own)
        return Explanation(ref, said, source=ref, problems=problems, is_missed=not are_well)

    def _mirror(self, found: Metadata, record: MirrorRecord) -> Explanation:
        source = record.source
        try:
            if not record.automatic:
                source = origin(found, self.survey.reader.metadata)
            if because := self.survey.limits.excluded_because(source):
                declared = not record.automatic
                return left_out(found.ref, source, because, declared=declared)
            place = self.survey.place(source, found.ref.namespace, found.ref)
            explained = of_place(place, source, found.ref.namespace, self.survey.limits)
        except ChainError as error:
            said = f"{found.ref} is a pull mirror that is not filled: {error}"
            return Explanation(found.ref, said, State.REFUSED, code=error.code)
        except Forbidden as error:
            unseen = _unseen(found.ref, error, source)
            explained = _by_its_own_word(found, record, unseen)
        details = [*explained.details]
        if source != record.source:
            details.append(f"Its owner names {record.source.path}, which is a mirror itself.")
        written = found.annotations.get(names.REFLECTED_AT, "")
        if ago := age_since(written, self.survey.now):
            details.append(f"It was written last {ago} ago.")
        return replace(explained, about=found.ref, details=details)

    def _wanted(
        self, ref: Ref, said: str, problems: Sequence[Reason] = ()
    ) -> Sequence[Explanation]:
        """Explain what sources want there, of which there may be several or none."""
        observer = Observer(self.survey.reader, self.survey.limits)
        try:
            # One that has no label yet is found by its name.
            sources = [*observer.sources(ref.kind), *observer.called(ref.kind, ref.name)]
        except Forbidden as error:
            detail = f"Whether a source wants a mirror there cannot be seen: {error}"
            return [Explanation(ref, f"{said}.", details=[detail], code=error.code)]
        wanting = {each.ref for each in sources if wanted_name(each) == ref.name}
        # Whose owner has withdrawn it says more than that nobody wants it.
        wanting = wanting or {each.ref for each in sources if _is_withdrawn(each, ref)}
        if wanting:
            return [self.mirror(each, ref.namespace) for each in sorted(wanting, key=str)]
        return [
            Explanation(
                ref,
                f"{said}, and no source asks for mirrors called {ref.name}.",
                details=_similar(ref, map(wanted_name, sources)),
                code=Code.NO_CONCERN,
                problems=problems,
            )
        ]


def _counted(row: Row) -> str:
    return ", ".join(f"{count} {state.value}" for state, count in row.counts.items())


def _is_withdrawn(found: Metadata, wanted: Ref) -> bool:
    """Whether an object's owner wrote that it permits no mirrors, which would be called so."""
    is_of_mirrors = found.ref == wanted or record_of(found) is not None
    is_denied = names.ALLOWED in found.annotations and not is_source(found)
    return is_denied and not is_of_mirrors and mirror_name(found) == wanted.name


def _similar(ref: Ref, called: Iterable[str]) -> Sequence[str]:
    close = get_close_matches(ref.name, sorted({*filter(None, called)}))
    return [f"Sources ask for mirrors called {', '.join(close)}."] if close else []


def _unseen(about: Ref, error: Forbidden, source: Ref | None = None) -> Explanation:
    whose = f" of {source.path}" if source else ""
    said = f"Whether {about} is a mirror{whose}, and in sync, cannot be seen with your rights."
    return Explanation(about, said, State.UNKNOWN, source, details=[str(error)], code=error.code)


def _by_its_own_word(found: Metadata, record: MirrorRecord, unseen: Explanation) -> Explanation:
    """Say of a mirror whose source may not be seen what it says itself."""
    kind = "a mirror" if record.automatic else "a pull mirror"
    said = (
        f"{found.ref} is {kind} of {record.source.path}, as it says itself; "
        "whether it is in sync cannot be seen with your rights."
    )
    details = [f"Of itself: {drift.possible(found).because}.", *unseen.details]
    return replace(unseen, sentence=said, details=details)
