"""Memory: what one resync leaves for the next, so that what stands still costs nothing.

It saves work: without it everything is looked at, and told, again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.codes import Code, Reason
from mirroring.objects.hash_keys import signer
from mirroring.planning.steps import QUIET, Op
from mirroring.reconciling.rooms import MOST_TOLD, TOLD, Room
from mirroring.reporting.reports import Action
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.sources import Source
    from mirroring.reporting.reports import Outcome

_MARK: Final = 8  # digits by which a problem is known again
_MOST_MARKS: Final = 16  # of an object
_UNTOLD: Final = "untold "  # begins what is to be told by a later one
_LONGEST_REASON: Final = 500  # characters
_CODES: Final = frozenset(code.value for code in Code)
_UNSEEN: Final = "~"  # begins what is remembered of objects that have no label
_STANDING: Final = frozenset({Action.CONFLICT, Action.REFUSED})
_COMES_OF: Final[Mapping[Op, Action]] = {
    Op.CREATE: Action.CONFLICT,
    Op.CONFLICT: Action.CONFLICT,
    Op.REFUSE: Action.REFUSED,
    Op.COMPARE: Action.UNCHANGED,  # of a pull mirror, which is left as its owner wrote it
}
# How many resyncs leave a write alone that was refused, the first time, the second, and so on; and
# one that was undone in the same moment: about a day.
_RESTS: Final = (0, 1, 3)
_UNDONE_RESTS: Final = 95
_INSISTS: Final = 5  # resyncs that give a source its label, which somebody takes off each time


@dataclass(slots=True)
class Memory:
    """What came of steps, in the states of source and target in which they were judged.

    Args:
        before: what the resync before this one left.
        sees_all: whether this one sees what has no label, so that nothing may be in the place of
            what it is to create.
    """

    before: Mapping[str, str] = field(default_factory=dict)
    sees_all: bool = True
    _after: Room = field(default_factory=Room)
    _news: defaultdict[str, set[Ref]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        """Leave what a resync that does not see all cannot look at."""
        if not self.sees_all:
            for key, value in self.before.items():
                if key.startswith(_UNSEEN):
                    self._after.take(key, value)

    def recall(self, step: Step, source: Source) -> Action | None:
        """Return what came of the same step in the same states; None when that is unknown."""
        return None if step.op in QUIET else self._recalled(step, source)

    def _recalled(self, step: Step, source: Source) -> Action | None:
        key = _key(step, source)
        value = self.before.get(key, "")
        if step.op in _WRITES and (stand := _Stand.read(value)):
            if stand.version != _version(source) or not stand.rests:
                return None
            self._after.take(key, stand._replace(rests=stand.rests - 1).text)
            return stand.action
        action = _COMES_OF.get(step.op)
        if action is None or (step.op is Op.CREATE and self.sees_all):
            return None
        if value.removeprefix(_UNTOLD) != _value(action, step, source):
            return None
        if value.startswith(_UNTOLD) and step.op is not Op.CREATE and self._tells(step, source):
            return None
        self._after.take(key, value)
        return action

    def note(self, step: Step, source: Source, outcome: Outcome) -> bool:
        """Note what came of a step; return whether the same came of it before.

        What there is no room to remember counts as known, or it would be told by every resync; so
        does what is left for a later one to tell.
        """
        key, action = _key(step, source), outcome.action
        if step.op in _WRITES and action in _UNDONE:
            new, stand = _Stand(action, _version(source)), _Stand.read(self.before.get(key, ""))
            known = stand is not None and stand[:2] == new[:2]
            tries = stand.tries + 1 if stand and known else 1
            refused = _RESTS[min(tries, len(_RESTS)) - 1]
            rests = _UNDONE_RESTS if action is Action.CONFLICT else refused
            self._after.take(key, new._replace(tries=tries, rests=rests).text)
            return known
        if action in _STANDING:
            tells = self._tells(step, source)
            value = _value(action, step, source)
            return not self._after.take(key, value if tells else f"{_UNTOLD}{value}") or not tells
        if action is Action.UNCHANGED and step.declared:
            self._after.take(key, _value(action, step, source))
        return False

    def _tells(self, step: Step, source: Source) -> bool:
        """Whether this resync tells of a step, beside others of the same namespace."""
        owned = step.target if step.declared or step.op is Op.REFUSE else source.ref
        told = self._news[f"{owned.kind} {owned.namespace}"]
        if len(told) < MOST_TOLD:
            told.add(owned)
        return owned in told

    def follow(self, step: Step, source: Source, now: Metadata) -> None:
        """Let what was noted of a target hold when only its label was written since, too."""
        key = _key(step, source)
        if noted := self._after.held.get(key):
            self._after.take(key, f"{noted.rpartition(' ')[0]} {now.resource_version}")

    def gives_up(self, found: Metadata) -> bool:
        """Whether a source was given its label by one resync after the other, and never kept it."""
        key = f"{_UNSEEN}{found.ref}: index"
        noted = self.before.get(key, "")
        times = int(noted) if noted in map(str, range(_INSISTS + 1)) else 0
        self._after.take(key, str(min(times + 1, _INSISTS)))
        return times >= _INSISTS

    def hash_of(self, found: Metadata, signed_by: str | None = None) -> str:
        """Return the hash of a source's content as it was read in this version, or nothing.

        Args:
            found: the source.
            signed_by: the name of the key that the hash has to be signed with; empty for none,
                None for whichever.
        """
        key = f"{found.ref}: content"
        version, _, noted = self.before.get(key, "").rpartition(" ")
        if not noted or version != _full_version(found):
            return ""
        if signed_by is not None and signer(noted) != signed_by:
            return ""
        self._after.take(key, self.before[key])
        return noted

    def note_hash(self, found: Metadata, noted: str) -> None:
        """Note the hash of a source that was read, and that its mirrors are of."""
        self._after.take(f"{found.ref}: content", f"{_full_version(found)} {noted}")

    def knows(self, found: Metadata, problem: str, *, has_label: bool = True) -> bool:
        """Whether an object's owner was told of a problem, as it is now; so it is from now on.

        What there is no room to remember counts as told, or it would be told by every resync. Of a
        namespace and kind there is room for a few objects; others get it when these are corrected.

        Args:
            found: the object.
            problem: what is wrong with it.
            has_label: whether every resync sees the object.
        """
        key = f"{'' if has_label else _UNSEEN}{found.ref}{TOLD}"
        mark = sha256(problem.encode("utf-8", "replace")).hexdigest()[:_MARK]
        version, *marks = self.before.get(key, "").split(" ")
        is_noted = self._mark(key, found.resource_version, mark)
        return not is_noted or (version == found.resource_version and mark in marks)

    def _mark(self, key: str, version: str, mark: str) -> bool:
        noted = self._after.held.get(key, version)
        marks = noted.split(" ")[1:]
        if mark in marks:
            return True
        return len(marks) < _MOST_MARKS and self._after.take(key, f"{noted} {mark}")

    def unmet(self, found: Metadata) -> Reason | None:
        """Say why a source could not be met when it was read in this version, if it could not."""
        key = f"{found.ref}: unmet"
        noted, _, because = self.before.get(key, "").partition(": ")
        version, _, code = noted.rpartition(" ")
        # Another release may have noted a code that is not known here.
        if not because or version != _full_version(found) or code not in _CODES:
            return None
        self._after.take(key, self.before[key])
        return Reason(because, Code(code))

    def note_unmet(self, found: Metadata, unmet: Reason) -> None:
        """Note why the wishes of a source that was read cannot be met by what it holds."""
        because = unmet.because[:_LONGEST_REASON]
        noted = f"{_full_version(found)} {unmet.code.value}: {because}"
        self._after.take(f"{found.ref}: unmet", noted)

    def keep(self) -> None:
        """Leave also what the resync before left, where this one did not come to its end."""
        for key, value in self.before.items():
            if key not in self._after.held:
                self._after.take(key, value)

    @property
    def after(self) -> Mapping[str, str]:
        """What is left for the next resync."""
        return self._after.held


# What is written of one target, and may be refused there.
_WRITES: Final = frozenset({Op.CREATE, Op.UPDATE, Op.COMPARE, Op.DELETE, Op.NOTE, Op.REKEY})
_UNDONE: Final = frozenset({Action.FAILED, Action.CONFLICT})


class _Stand(NamedTuple):
    """A write that was refused, or undone in the same moment.

    Nothing tells when that will be otherwise, so it is tried again: by the next resync, and then by
    fewer and fewer.

    Args:
        action: what came of it.
        version: of the source then.
        tries: how often it was tried, as far as that counts.
        rests: how many resyncs leave it alone before the next one that tries.
    """

    action: Action
    version: str
    tries: int = 0
    rests: int = 0

    @classmethod
    def read(cls, text: str) -> _Stand | None:
        try:
            action, version, tries, rests = text.split(" ")
            stand = cls(Action(action), version, int(tries), int(rests))
        except ValueError:
            return None
        return stand if stand.tries >= 0 and 0 <= stand.rests <= _UNDONE_RESTS else None

    @property
    def text(self) -> str:
        return f"{self.action.value} {self.version} {self.tries} {self.rests}"


def _key(step: Step, source: Source) -> str:
    is_owned = step.declared or step.op in {Op.REFUSE, Op.INDEX}
    if is_owned or source.standing.answer is not Answer.NO:
        return f"{step.target}<{'' if is_owned else source.ref.path}"
    # Whoever wrote the target chose what it says that it is a mirror of.
    return f"{step.target}: of {source.ref.path}"


def _value(action: Action, step: Step, source: Source) -> str:
    # A resync by label does not see what is in a mirror's place.
    seen = "" if action is Action.CONFLICT or not step.seen else step.seen.resource_version
    # When others write what it names is not for the owner of a pull mirror to be told.
    version = "" if action is Action.REFUSED else _version(source)
    return f"{action.value} {version} {seen}"


def _version(source: Source) -> str:
    # A resync by label does not see what is no source, and takes it for gone.
    found = None if source.standing.answer is Answer.NO else source.metadata
    return found.resource_version if found else ""


def _full_version(found: Metadata) -> str:
    return f"{found.uid} {found.resource_version}"
