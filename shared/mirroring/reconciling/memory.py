"""Memory: what one resync leaves for the next, so that what stands still costs nothing.

It saves work: without it everything is looked at, and told, again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.objects.hash_keys import signer
from mirroring.planning.steps import Op
from mirroring.reporting.reports import Action
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata
    from mirroring.planning.steps import Step
    from mirroring.policies.sources import Source
    from mirroring.reporting.reports import Outcome

_MOST: Final = 128 * 1024  # characters, as JSON; an object's annotations hold 256 KiB
_MARK: Final = 8  # digits by which a problem is known again
_LONGEST_REASON: Final = 500  # characters
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
    _after: dict[str, str] = field(default_factory=dict)
    _size: int = 0

    def __post_init__(self) -> None:
        """Leave what a resync that does not see all cannot look at."""
        if not self.sees_all:
            for key, value in self.before.items():
                if key.startswith(_UNSEEN):
                    self._remember(key, value)

    def recall(self, step: Step, source: Source) -> Action | None:
        """Return what came of the same step in the same states; None when that is unknown."""
        key = _key(step, source)
        value = self.before.get(key, "")
        if step.op in _WRITES and (stand := _Stand.read(value)):
            if stand.version != _version(source) or not stand.rests:
                return None
            self._remember(key, stand._replace(rests=stand.rests - 1).text)
            return stand.action
        action = _COMES_OF.get(step.op)
        if action is None or (step.op is Op.CREATE and self.sees_all):
            return None
        if value != _value(action, step, source):
            return None
        self._remember(key, value)
        return action

    def note(self, step: Step, source: Source, outcome: Outcome) -> bool:
        """Note what came of a step; return whether the same came of it before."""
        key, action = _key(step, source), outcome.action
        if step.op in _WRITES and action in _UNDONE:
            new, stand = _Stand(action, _version(source)), _Stand.read(self.before.get(key, ""))
            known = stand is not None and stand[:2] == new[:2]
            tries = stand.tries + 1 if stand and known else 1
            refused = _RESTS[min(tries, len(_RESTS)) - 1]
            rests = _UNDONE_RESTS if action is Action.CONFLICT else refused
            self._remember(key, new._replace(tries=tries, rests=rests).text)
            return known
        if action in _STANDING or (action is Action.UNCHANGED and step.declared):
            self._remember(key, _value(action, step, source))
        return False

    def follow(self, step: Step, source: Source, now: Metadata) -> None:
        """Let what was noted of a target hold when only its label was written since, too."""
        key = _key(step, source)
        if noted := self._after.get(key):
            self._after[key] = f"{noted.rpartition(' ')[0]} {now.resource_version}"

    def gives_up(self, found: Metadata) -> bool:
        """Whether a source was given its label by one resync after the other, and never kept it."""
        key = f"{_UNSEEN}{found.ref}: index"
        times = int(self.before.get(key, "0"))
        self._remember(key, str(min(times + 1, _INSISTS)))
        return times >= _INSISTS

    def hash_of(self, found: Metadata, signed_by: str) -> str:
        """Return the hash of a source's content as it was read in this version, or nothing.

        Args:
            found: the source.
            signed_by: the name of the key that the hash has to be signed with; empty for none.
        """
        key = f"{found.ref}: content"
        version, _, noted = self.before.get(key, "").rpartition(" ")
        if not noted or version != _full_version(found) or signer(noted) != signed_by:
            return ""
        self._remember(key, self.before[key])
        return noted

    def note_hash(self, found: Metadata, noted: str) -> None:
        """Note the hash of a source that was read, and that its mirrors are of."""
        self._remember(f"{found.ref}: content", f"{_full_version(found)} {noted}")

    def knows(self, found: Metadata, problem: str, *, has_label: bool = True) -> bool:
        """Whether an object's owner was told of a problem, as it is now; so it is from now on.

        What there is no room to remember counts as told, or it would be told by every resync.

        Args:
            found: the object.
            problem: what is wrong with it.
            has_label: whether every resync sees the object.
        """
        key = f"{'' if has_label else _UNSEEN}{found.ref}: told"
        mark = sha256(problem.encode("utf-8", "replace")).hexdigest()[:_MARK]
        version, *marks = self.before.get(key, "").split(" ")
        is_noted = self._mark(key, found.resource_version, mark)
        return not is_noted or (version == found.resource_version and mark in marks)

    def _mark(self, key: str, version: str, mark: str) -> bool:
        noted = self._after.get(key, version)
        return mark in noted.split(" ") or self._remember(key, f"{noted} {mark}")

    def unmet(self, found: Metadata) -> str:
        """Say why a source could not be met when it was read in this version, or nothing."""
        key = f"{found.ref}: unmet"
        version, _, because = self.before.get(key, "").partition(": ")
        if not because or version != _full_version(found):
            return ""
        self._remember(key, self.before[key])
        return because

    def note_unmet(self, found: Metadata, because: str) -> None:
        """Note why the wishes of a source that was read cannot be met by what it holds."""
        self._remember(
            f"{found.ref}: unmet", f"{_full_version(found)}: {because[:_LONGEST_REASON]}"
        )

    def keep(self) -> None:
        """Leave also what the resync before left, where this one did not come to its end."""
        for key, value in self.before.items():
            if key not in self._after:
                self._remember(key, value)

    def _remember(self, key: str, value: str) -> bool:
        """Leave it for the next resync; return whether there is room."""
        size = _size(key, value) - (_size(key, self._after[key]) if key in self._after else 0)
        if self._size + size > _MOST:
            return False
        self._after[key] = value
        self._size += size
        return True

    @property
    def after(self) -> Mapping[str, str]:
        """What is left for the next resync."""
        return self._after


def _size(key: str, value: str) -> int:
    return len(json.dumps({key: value}))


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
            return cls(Action(action), version, int(tries), int(rests))
        except ValueError:
            return None

    @property
    def text(self) -> str:
        return f"{self.action.value} {self.version} {self.tries} {self.rests}"


def _key(step: Step, source: Source) -> str:
    path = "" if step.op in {Op.REFUSE, Op.INDEX} else source.ref.path
    return f"{step.target}<{path}"


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
