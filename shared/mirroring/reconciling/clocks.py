"""The one clock of an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic


@dataclass(frozen=True, slots=True)
class Clock:
    """When an event began, and when its delivery is about to be taken back.

    Args:
        seconds: that are left for it; what is not done by then is for the next delivery.
        at: when it began: the time that is noted on whatever is written.
    """

    seconds: float = 100.0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return monotonic() - self._started

    @property
    def is_up(self) -> bool:
        """Whether nothing more may be begun."""
        return self.elapsed >= self.seconds

    @property
    def text(self) -> str:
        """When it began, in ISO 8601."""
        return self.at.isoformat()
