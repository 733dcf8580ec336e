"""What one event led to: an outcome per target, from which everything else that is told follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from mirroring.codes import Code

if TYPE_CHECKING:
    from mirroring.codes import Reason
    from mirroring.objects.events import Event
    from mirroring.objects.references import Ref


class Action(Enum):
    """What became of one target."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    INDEXED = "indexed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    REFUSED = "refused"
    FAILED = "failed"


_QUIET: Final = (Action.UNCHANGED, Action.SKIPPED)
_WRITTEN: Final = (Action.CREATED, Action.UPDATED, Action.DELETED)
_SAID: Final = tuple(action for action in Action if action is not Action.SKIPPED)


class Decision(Enum):
    """What was decided about an event as a whole."""

    NOTHING = "nothing to do"
    RECONCILED = "reconciled"
    GATHERED = "gathered"
    IGNORED = "ignored"
    REJECTED = "rejected"
    FAILED = "failed"


class Outcome(NamedTuple):
    """What became of one target.

    Args:
        action: in a word.
        target: what it was about.
        source: what the target mirrors, or was to mirror.
        because: why.
        code: of that.
        retry: whether it ought to be tried again.
        declared: whether the target is a pull mirror, whose owner wants to know.
        told: whether it was told before, and has not changed since.
        said: what those are told who may not know why; None where they may.
        hushed: whether the audit log alone is told.
    """

    action: Action
    target: Ref
    source: Ref
    because: str
    code: Code
    retry: bool = False
    declared: bool = False
    told: bool = False
    said: Reason | None = None
    hushed: bool = False


@dataclass(slots=True)
class Report:
    """All that one event led to, filled while it is handled.

    A target that had to be looked at twice is there once, with what became of it in the end; but a
    write that happened is never forgotten for a later `unchanged`.

    Args:
        function: that handles it.
        event: None when the request carried none that could be read.
        at: when that began: the one time that is noted on whatever is written.
        subject: what was looked at, in words; empty when nothing was.
        because: why nothing was to be done, as far as nothing is recorded.
        because_code: of that.
        resynced: whether everything was looked at.
        indexed: how many sources and pull mirrors got or lost the label that they are found by.
        api_calls: requests to the API server.
        seconds: from reading the event to its end.
    """

    function: str = ""
    event: Event | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    subject: str = ""
    because: str = ""
    because_code: Code | None = None
    resynced: bool = False
    indexed: int = 0
    api_calls: int = 0
    seconds: float = 0.0
    _fixed: tuple[Decision, str, Code | None] | None = None
    _retry: bool = False
    _left: dict[str, None] = field(default_factory=dict)
    _kept: dict[Ref, int] = field(default_factory=dict)
    _outcomes: dict[tuple[Ref, Ref, str], Outcome] = field(default_factory=dict)

    def settle(
        self, decision: Decision, because: str, *, code: Code | None = None, retry: bool = False
    ) -> None:
        """Note what was decided without looking at the cluster, or what kept it from being done."""
        self._fixed = (decision, because, code)
        self._retry = self._retry or retry

    def fail(self, because: str, code: Code) -> None:
        """Note that the event could not be handled, and ought to be delivered again."""
        self.settle(Decision.FAILED, because, code=code, retry=True)

    def record(self, outcome: Outcome) -> None:
        """Note what became of a target; of labels that things are found by only the number."""
        if outcome.action is Action.INDEXED:
            self.indexed += 1
            return
        # An object may have several faults of its own; a target has one outcome of each source.
        own = outcome.because if outcome.target == outcome.source else ""
        key = (outcome.target, outcome.source, own)
        earlier = self._outcomes.get(key)
        if outcome.action in _QUIET and earlier and earlier.action in _WRITTEN:
            return
        self._outcomes[key] = outcome

    def leave(self, what: str) -> None:
        """Note what is left for the event's next delivery, since the time of this one is up."""
        self._left[what] = None

    def keep(self, source: Ref, mirrors: int) -> None:
        """Note how many mirrors of a source were in sync."""
        self._kept[source] = max(mirrors, self._kept.get(source, 0))

    @property
    def unfinished(self) -> str:
        """What is left for the event's next delivery; empty when nothing is."""
        if not self._left:
            return ""
        return f"the time is up; the next delivery does what is left: {', '.join(self._left)}"

    @property
    def decision(self) -> Decision:
        """What was decided about the event as a whole."""
        if self._fixed:
            return self._fixed[0]
        if self._outcomes or self.indexed or self.unfinished or (self._kept and not self.resynced):
            return Decision.RECONCILED
        return Decision.NOTHING

    @property
    def reason(self) -> str:
        """Why that was decided, in a sentence."""
        if self._fixed:
            return self._fixed[1]
        if self.decision is Decision.NOTHING:
            return self.because
        counts = self.counts() + Counter({Action.INDEXED: self.indexed})
        counted = ", ".join(
            f"{counts[action]} {action.value}" for action in _SAID if counts[action]
        )
        return f"{self.subject}: {'; '.join(filter(None, [counted, self.unfinished]))}"

    @property
    def code(self) -> Code | None:
        """The code of the reason; None where that sums up more than one thing, or is of none."""
        if self._fixed:
            return self._fixed[2]
        if self.unfinished:
            return Code.TIME_IS_UP
        return self.because_code if self.decision is Decision.NOTHING else None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One per target that was not in sync."""
        return tuple(self._outcomes.values())

    @property
    def must_retry(self) -> bool:
        """Whether the event ought to be delivered again."""
        is_left = any(outcome.retry for outcome in self._outcomes.values())
        return self._retry or bool(self.unfinished) or is_left

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
        counted = Counter(outcome.action for outcome in self._outcomes.values())
        if kept := sum(self._kept.values()):
            counted[Action.UNCHANGED] += kept
        return counted


class Sink(Protocol):
    """Tells somebody what came of an event."""

    def tell(self, report: Report) -> None:
        """Tell it. Whatever cannot be told fails nothing."""
        ...
