"""Steps: what a plan consists of, each with the reason a person would want to read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.codes import Code, Reason
from mirroring.ownership.records import record_of
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.policies.metadata_filters import Copies
    from mirroring.policies.sources import Source


class Op(Enum):
    """What is done about one object."""

    CREATE = "create"  # a mirror is wanted and nothing has its name
    UPDATE = "update"  # the mirror is not as its source asks
    DELETE = "delete"  # the mirror is ours and not wanted
    INDEX = "index"  # give a source or a pull mirror the label that it is found by
    NOTE = "note"  # write on a pull mirror what it was filled from, and leave its content
    REKEY = "rekey"  # write on a mirror the hash of its content, signed with the newest key
    CEDE = "cede"  # let others apply what kn-mirror wrote of a pull mirror
    UNINDEX = "unindex"  # take that label off what is no source any more
    PROMOTE = "promote"  # take the record off a mirror that its owner made a source of
    SUCCEED = "succeed"  # take off a source that it had another, which left it nothing more
    COMPARE = "compare"  # somebody may have edited it: read it, write it if it has to be
    FAIL = "fail"  # nothing: judging it failed, which is told
    READ = "read"  # undecided until the source's content is read
    KEEP = "keep"  # the mirror is in sync, or it cannot be decided that it is not
    SKIP = "skip"  # nothing is done here: not wanted, not ours, or going away
    CONFLICT = "conflict"  # a mirror is wanted where an object is that is not ours
    REFUSE = "refuse"  # a pull mirror that its source does not permit, or that has none


QUIET: Final = (Op.KEEP, Op.SKIP)
# What is judged on metadata alone, and told without reading the source.
TOLD: Final = (Op.CONFLICT, Op.REFUSE)


class Step(NamedTuple):
    """What is done about one object.

    Args:
        op: in a word.
        target: what it is done to, whether it exists or not.
        because: why.
        code: of that.
        seen: the state of the target that was judged; None when nothing was there.
        declared: whether the target is a pull mirror, which is its owner's.
        said: what those are told who may not know why; None where they may.
        rival: the source that has the place instead.
        copies: what the target gets of its source's labels and annotations; None for what the
            source asks for.
        succeeds: the source that the target is proven to have been a mirror of.
        kept_for: the source that the target's place is left free for.
    """

    op: Op
    target: Ref
    because: str
    code: Code
    seen: Metadata | None = None
    declared: bool = False
    said: Reason | None = None
    rival: Ref | None = None
    copies: Copies | None = None
    succeeds: Ref | None = None
    kept_for: Ref | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is done about one source.

    Args:
        source: as it was judged.
        steps: one a cell, those included that do nothing.
        first: what must be done before them; None for nothing.
        last: what must be done only when all of them were.
        heirs: the sources that mirrors were left to, as this one is none any more.
        heir_of: the source that this one succeeds, as far as was looked.
        unheeded: what its owner asks for and does not get everywhere, in sentences.
    """

    source: Source
    steps: tuple[Step, ...]
    first: Step | None = None
    last: Step | None = None
    heirs: frozenset[Ref] = frozenset()
    heir_of: Ref | None = None
    unheeded: frozenset[str] = frozenset()

    @property
    def takes_places(self) -> bool:
        """Whether a mirror is made or taken over where none was, or not made for a rival's sake."""
        return any(self._is_about_a_place(step) for step in self.steps)

    def _is_about_a_place(self, step: Step) -> bool:
        is_free = step.op in (Op.CREATE, Op.CONFLICT) and step.seen is None
        return is_free or self._takes_over(step)

    def _takes_over(self, step: Step) -> bool:
        record = record_of(step.seen) if step.seen and step.op is Op.UPDATE else None
        own = (self.source.ref, self.heir_of)
        return record is not None and record.automatic and record.source not in own

    @property
    def freed(self) -> frozenset[Ref]:
        """The places that are free as its source is none any more, nor has an heir there."""
        if self.source.standing.answer is not Answer.NO:
            return frozenset()
        return frozenset(step.target for step in self.steps if step.op is Op.DELETE)

    @property
    def kept_for(self) -> Mapping[Ref, Sequence[Ref]]:
        """The places that are left free for a while, by the source that they are kept for."""
        found: defaultdict[Ref, list[Ref]] = defaultdict(list)
        for step in self.steps:
            if step.kept_for:
                found[step.kept_for].append(step.target)
        return found

    @property
    def problems(self) -> list[Reason]:
        """Say what the source's owner ought to know beside what comes of steps."""
        unheeded = (Reason(each, Code.UNHEEDED) for each in sorted(self.unheeded))
        return [*self.source.problems(), *unheeded]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is to be done, nor to be told."""
        return self.first is None and self.last is None and not self.due

    @property
    def due(self) -> list[Step]:
        """Its steps but for those that do nothing."""
        return [step for step in self.steps if step.op not in QUIET]

    @property
    def kept(self) -> int:
        """How many mirrors stay as they are."""
        return sum(step.op is Op.KEEP for step in self.steps)

    @property
    def needs_source(self) -> bool:
        """Whether the source has to be read, content and all, before anything is done."""
        if self.source.metadata is None:
            return not self.is_quiet
        return self.is_written or self.first is not None or self.last is not None

    @property
    def is_written(self) -> bool:
        """Whether anything may have to be written in the namespaces."""
        return any(step.op not in TOLD for step in self.due)
