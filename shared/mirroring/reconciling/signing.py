"""Signing: the keys that hashes are signed with, and how many one event signs anew.

A new key makes every hash in the cluster old at once. They are told by the old one as well, so
nothing hurries: a tick signs a few, and so does every write that is made anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from mirroring.objects.hash_keys import HashKeys

A_TICK: Final = 200  # hashes that one tick signs anew


@dataclass(slots=True)
class Signing:
    """What hashes are signed with in one event.

    Args:
        keys: with which.
        left: how many more may be signed that nothing else is written for.
    """

    keys: HashKeys = field(default_factory=HashKeys)
    left: int = 0
    _lock: Lock = field(default_factory=Lock)

    def may_sign(self) -> bool:
        """Take one of those that may be signed anew; whether there was any left."""
        with self._lock:
            self.left -= 1
            return self.left >= 0
