"""Memory: what one resync leaves for the next, so that what stands still costs nothing.

It lies in a Lease and saves work: without it everything is looked at, and told, again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from mirroring.names import LEASE, LOOKED_AT, REMEMBERED
from mirroring.planning.steps import Op
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.leases import Lease, LeaseKeeper
    from mirroring.objects.metadata import Metadata
    from mirroring.planning.steps import Step
    from mirroring.policies.sources import Source

_MOST: Final = 128 * 1024  # characters, as JSON; an object's annotations hold 256 KiB
_UNSEEN: Final = "~"  # begins what is remembered of objects that have no label
_STANDING: Final = frozenset({Action.CONFLICT, Action.REFUSED, Action.UNCHANGED})
_COMES_OF: Final[Mapping[Op, Action]] = {
    Op.CREATE: Action.CONFLICT,
    Op.CONFLICT: Action.CONFLICT,
    Op.REFUSE: Action.REFUSED,
    Op.COMPARE: Action.UNCHANGED,
}


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
        action = _COMES_OF.get(step.op)
        if action is None or (step.op is Op.CREATE and self.sees_all):
            return None
        key, value = _key(step, source), _value(action, step, source)
        if self.before.get(key) != value:
            return None
        self._remember(key, value)
        return action

    def note(self, step: Step, source: Source, action: Action) -> None:
        """Note what came of a step."""
        if action in _STANDING:
            self._remember(_key(step, source), _value(action, step, source))

    def follow(self, step: Step, source: Source, now: Metadata) -> None:
        """Let what was noted of a target hold when only its label was written since, too."""
        key = _key(step, source)
        if noted := self._after.get(key):
            self._after[key] = f"{noted.rpartition(' ')[0]} {now.resource_version}"

    def knows(self, found: Metadata, problem: str, *, has_label: bool = True) -> bool:
        """Whether an object's owner was told of a problem, as it is now; so it is from now on.

        Args:
            found: the object.
            problem: what is wrong with it.
            has_label: whether every resync sees the object.
        """
        mark, value = "" if has_label else _UNSEEN, found.resource_version
        key = f"{mark}{found.ref}: {problem[:80]}"
        self._remember(key, value)
        return self.before.get(key) == value

    def keep(self) -> None:
        """Leave also what the resync before left, where this one did not come to its end."""
        for key, value in self.before.items():
            if key not in self._after:
                self._remember(key, value)

    def _remember(self, key: str, value: str) -> None:
        size = len(json.dumps({key: value}))
        if self._size + size <= _MOST:
            self._after[key] = value
            self._size += size

    @property
    def after(self) -> Mapping[str, str]:
        """What is left for the next resync."""
        return self._after


def _key(step: Step, source: Source) -> str:
    return f"{step.target}<{source.ref.path}"


def _value(action: Action, step: Step, source: Source) -> str:
    # A resync by label does not see what is in a mirror's place.
    seen = "" if action is Action.CONFLICT or not step.seen else step.seen.resource_version
    return f"{action.value} {_version(source)} {seen}"


def _version(source: Source) -> str:
    return source.metadata.resource_version if source.metadata else ""


@dataclass(frozen=True, slots=True)
class Notebook:
    """The Lease that holds the memory, as it was read.

    Args:
        lease: it.
        looked_at: when everything was looked at last; None when that is not known.
        remembered: what that and later resyncs left.
    """

    lease: Lease
    looked_at: datetime | None
    remembered: Mapping[str, str]

    @classmethod
    def read(cls, keeper: LeaseKeeper, namespace: str) -> Notebook:
        """Read it from kn-mirror's own namespace; what cannot be read is empty."""
        lease = keeper.get(namespace, LEASE)
        looked_at = _time(lease.annotations.get(LOOKED_AT, ""))
        return cls(lease, looked_at, _remembered(lease.annotations.get(REMEMBERED, "")))

    def is_due(self, interval: int, now: datetime) -> bool:
        """Whether everything has to be looked at: `interval` seconds after the last time."""
        return self.looked_at is None or not (
            timedelta() <= now - self.looked_at < timedelta(seconds=interval)
        )

    def write(
        self,
        keeper: LeaseKeeper,
        memory: Memory,
        *,
        now: datetime,
        looked: bool,
        interval: int,
    ) -> None:
        """Renew it. What cannot be written costs the next resync some work."""
        looked_at = now if looked else self.looked_at
        annotations = {
            LOOKED_AT: looked_at.isoformat() if looked_at else "",
            REMEMBERED: json.dumps(dict(memory.after), sort_keys=True),
        }
        at = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        keeper.renew(self.lease, annotations, at=at, seconds=max(interval, 1))


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _remembered(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}
