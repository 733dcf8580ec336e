"""Notebooks: the Lease in which one resync leaves what it remembers for the next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mirroring.names import DIFFERENCES, LEASE, LOOKED_AT, REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.leases import Lease, LeaseKeeper
    from mirroring.reconciling.memory import Memory


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
        differences: int = 0,
    ) -> None:
        """Renew it. What cannot be written costs the next resync some work."""
        looked_at = now if looked else self.looked_at
        annotations = {
            LOOKED_AT: looked_at.isoformat() if looked_at else "",
            DIFFERENCES: str(differences),
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
