"""Work that several threads want at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest

from mirroring.serving.coalescing import Coalescer, Coalescers
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Have ten threads."""
    with ThreadPoolExecutor(10) as pool:
        yield pool


def test_who_comes_before_the_work_begins_shares_it(threads: ThreadPoolExecutor) -> None:
    coalescer: Coalescer[int] = Coalescer(delay=1)

    shared = list(threads.map(lambda number: coalescer.join(lambda: number), range(10)))

    assert {number for number, _ in shared} == {number for number, led in shared if led}
    assert sum(led for _, led in shared) == 1


def test_who_comes_while_it_is_done_shares_the_next(threads: ThreadPoolExecutor) -> None:
    """What they came for may have happened after the work had read it."""
    coalescer: Coalescer[str] = Coalescer(delay=0)
    begun, may_end = Event(), Event()

    def slowly() -> str:
        begun.set()
        may_end.wait()
        return "first"

    first = threads.submit(coalescer.join, slowly)
    begun.wait()
    later = [threads.submit(coalescer.join, lambda: "second") for _ in range(9)]
    eventually(lambda: sum(each.running() for each in later) == 9)
    may_end.set()

    assert first.result() == ("first", True)
    assert {each.result()[0] for each in later} == {"second"}


def test_what_ends_the_work_ends_it_for_all_who_share_it(threads: ThreadPoolExecutor) -> None:
    coalescer: Coalescer[None] = Coalescer(delay=1)

    def fail() -> None:
        raise KeyError("missing")

    shared = [threads.submit(coalescer.join, fail) for _ in range(3)]

    assert [type(each.exception()) for each in shared] == [KeyError] * 3


def test_after_work_that_failed_there_is_a_next() -> None:
    coalescer: Coalescer[int] = Coalescer(delay=0)
    with pytest.raises(ZeroDivisionError):
        coalescer.join(lambda: 1 // 0)

    assert coalescer.join(lambda: 1) == (1, True)


def test_what_different_questions_lead_to_is_not_shared(threads: ThreadPoolExecutor) -> None:
    coalescers: Coalescers[int] = Coalescers(delay=0)
    begun, may_end = Event(), Event()

    def slowly() -> int:
        begun.set()
        may_end.wait()
        return 1

    first = threads.submit(coalescers.join, "one", slowly)
    begun.wait()

    assert coalescers.join("two", lambda: 2) == (2, True)
    may_end.set()
    assert first.result() == (1, True)


def test_nothing_is_left_of_questions_that_nobody_has_any_more() -> None:
    coalescers: Coalescers[int] = Coalescers(delay=0)

    for number in range(3):
        coalescers.join(number, lambda: 1)
    with pytest.raises(ZeroDivisionError):
        coalescers.join("fails", lambda: 1 // 0)

    assert coalescers._asked == {}
