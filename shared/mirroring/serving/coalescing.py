"""Coalescing: work that is wanted by several at the same time is done once, for all of them."""

from __future__ import annotations

import time
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Coalescer(Generic[T]):
    """Lets threads share work that does not depend on who asked for it.

    Work that has begun may have read already what somebody who comes now wants it to see. So
    newcomers never share that, but all of them together the next, which begins when it has ended.

    Args:
        delay: seconds from the first who wants it to the beginning, in which others may come.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._waiting = Lock()
        self._working = Lock()
        self._next: Future[T] | None = None

    def join(self, work: Callable[[], T]) -> tuple[T, bool]:
        """Do the work, or wait until another thread has done it.

        Returns:
            What came of it, and whether it was this thread that did it.
        """
        with self._waiting:
            leads = self._next is None
            if self._next is None:
                self._next = Future()
            shared = self._next
        if leads:
            time.sleep(self._delay)
            with self._working:
                self._begin(work, shared)
        return shared.result(), leads

    def _begin(self, work: Callable[[], T], shared: Future[T]) -> None:
        with self._waiting:
            self._next = None
        try:
            shared.set_result(work())
        except BaseException as error:
            shared.set_exception(error)
            raise


class Coalescers(Generic[T]):
    """One coalescer for each question that somebody has at the moment.

    Args:
        delay: seconds in which others may come who have the same question.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._lock = Lock()
        self._asked: dict[Hashable, tuple[Coalescer[T], int]] = {}

    def join(self, question: Hashable, work: Callable[[], T]) -> tuple[T, bool]:
        """Do the work that answers the question, or wait until another thread has done it.

        Returns:
            What came of it, and whether it was this thread that did it.
        """
        try:
            return self._count(question, 1).join(work)
        finally:
            self._count(question, -1)

    def _count(self, question: Hashable, change: int) -> Coalescer[T]:
        with self._lock:
            coalescer, asking = self._asked.pop(question, (Coalescer(self._delay), 0))
            if asking + change:
                self._asked[question] = (coalescer, asking + change)
        return coalescer
