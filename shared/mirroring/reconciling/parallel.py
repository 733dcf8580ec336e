"""The same for many items at once, as many as there are workers."""

from __future__ import annotations

from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mirroring.cluster.protocols import Writers

A = TypeVar("A")
B = TypeVar("B")

_WRITERS: Final = 64  # no more work at a time


def in_parallel(workers: Writers, work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """Do the same for each item, as many at once as there are workers; in the items' order."""
    left = deque(enumerate(items))

    def drain(_: int) -> list[tuple[int, B]]:
        done: list[tuple[int, B]] = []
        while True:
            try:
                place, item = left.popleft()
            except IndexError:
                return done
            done.append((place, work(item)))

    several = workers.map(drain, range(min(len(left), _WRITERS)))
    in_order = sorted((each for done in several for each in done), key=itemgetter(0))
    return [result for _, result in in_order]
