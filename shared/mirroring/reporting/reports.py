"""What one event led to: an outcome per target, and the counts that its audit line shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.objects.references import Ref


class Action(Enum):
    """What became of one target."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    REFUSED = "refused"
    FAILED = "failed"
    MOVED = "moved"  # not an end: it is looked at again


_QUIET = (Action.UNCHANGED, Action.SKIPPED)
_WRITTEN = (Action.CREATED, Action.UPDATED, Action.DELETED)


class Decision(Enum):
    """What was decided about an event as a whole."""

    NOTHING = "nothing to do"
    RECONCILED = "reconciled"
    GATHERED = "gathered"
    IGNORED = "ignored"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one target.

    Args:
        action: in a word.
        target: what it was about.
        source: what the target mirrors, or was to mirror.
        because: why.
        retry: whether it ought to be tried again.
        declared: whether the target is a pull mirror, whose owner wants to know.
    """

    action: Action
    target: Ref
    source: Ref
    because: str
    retry: bool = False
    declared: bool = False


@dataclass(slots=True)
class Report:
    """All that one event led to, filled while it is handled.

    A target that had to be looked at twice is there once, with what became of it in the end; but a
    write that happened is never forgotten for a later `unchanged`.
    """

    decision: Decision = Decision.NOTHING
    because: str = ""
    retry: bool = False
    resynced: bool = False
    api_calls: int = 0
    _outcomes: dict[tuple[Ref, Ref], Outcome] = field(default_factory=dict)

    def decide(self, decision: Decision, because: str) -> None:
        """Note what was decided about the event, and why."""
        self.decision = decision
        self.because = because

    def fail(self, because: str) -> None:
        """Note that the event could not be handled, and ought to be delivered again."""
        self.decide(Decision.FAILED, because)
        self.retry = True

    def record(self, outcome: Outcome) -> None:
        """Note what became of a target."""
        key = (outcome.target, outcome.source)
        earlier = self._outcomes.get(key)
        if outcome.action in _QUIET and earlier and earlier.action in _WRITTEN:
            return
        self._outcomes[key] = outcome

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One per target."""
        return tuple(self._outcomes.values())

    @property
    def must_retry(self) -> bool:
        """Whether the event ought to be delivered again."""
        return self.retry or any(outcome.retry for outcome in self._outcomes.values())

    @property
    def differences(self) -> int | None:
        """How many mirrors a resync found that were not as their sources ask; None without one.

        Had every event come, there would have been none: each is one that was lost, or is late.
        """
        if not self.resynced:
            return None
        outcomes = self._outcomes.values()
        return sum(each.action in _WRITTEN or each.retry for each in outcomes)

    def counts(self) -> Counter[Action]:
        """How many targets came to each action."""
        return Counter(outcome.action for outcome in self._outcomes.values())
