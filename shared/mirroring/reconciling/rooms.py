"""Rooms: how much a resync may leave for the next, and how much of it for whose objects.

Whatever one of them writes, there is room for what concerns the others.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

MOST_TOLD: Final = 16  # objects of a namespace and kind that a resync tells of
TOLD: Final = ": told"  # ends what is remembered of an object whose owner was told something

_MOST: Final = 128 * 1024  # characters, as JSON; an object's annotations hold 256 KiB
# Of it for a namespace that has more, whoever else has something: the other half is kept for those
# that have had less.
_OF_ANYBODY: Final = _MOST // 2
_OF_ONE: Final = _MOST // 16


@dataclass(slots=True)
class Room:
    """What is left for the next resync, by keys that begin with an object or with a target."""

    held: dict[str, str] = field(default_factory=dict)
    _size: int = 0
    _sizes: Counter[str] = field(default_factory=Counter)
    _told: Counter[str] = field(default_factory=Counter)

    def take(self, key: str, value: str) -> bool:
        """Hold something, in the place of what was held under the same key.

        Returns:
            Whether there was room.
        """
        is_new, whose = key not in self.held, _whose(key)
        size = _size(key, value) - (0 if is_new else _size(key, self.held[key]))
        most = _MOST if self._sizes[whose] + size <= _OF_ONE else _OF_ANYBODY
        if self._size + size > most or (is_new and not self._has_turn(key)):
            return False
        self.held[key] = value
        self._size += size
        self._sizes[whose] += size
        return True

    def _has_turn(self, key: str) -> bool:
        """Whether an object is among the first of its namespace and kind that are told of."""
        if not key.endswith(TOLD):
            return True
        among = key.rpartition("/")[0] or key
        self._told[among] += 1
        return self._told[among] <= MOST_TOLD


def _size(key: str, value: str) -> int:
    return len(json.dumps({key: value}))


def _whose(key: str) -> str:
    """Name the namespace whose owner something is remembered for: the source's, if there is one."""
    subject, _, source = key.partition(": ")[0].partition("<")
    return (source or subject.rpartition(" ")[2]).partition("/")[0]
