"""Invariant 12: no pattern is called slow for what other threads do meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.plans import plan
from mirroring.planning.snapshots import Scope, Snapshot
from mirroring.planning.steps import Op
from mirroring.policies import budgets, patterns
from mirroring.policies.expressions import Pattern
from mirroring.policies.patterns import PatternList, lists_of_an_event
from mirroring.policies.sources import Source
from mirroring.verdicts import Answer
from tests.unit.examples import AT, EVERYWHERE, metadata, namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

EVENTS = 8
NAMESPACES = {each.name: each for each in (namespace(f"team-{n}-app") for n in range(2000))}


@contextmanager
def busy_threads(number: int) -> Iterator[None]:
    """Let threads that have nothing to do with it compete for the processor."""
    enough = Event()

    def work() -> None:
        while not enough.is_set():
            sum(range(1000))

    threads = [Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def outcome(event: int) -> tuple[int, list[str]]:
    """Plan for a source with fifty plain expressions, of which each spans one namespace.

    Returns:
        How many mirrors are to be made, and what is told to the source's owner.
    """
    listed = ",".join(f"[a-z]+-{event}{number:02}-.*" for number in range(50))
    ref = Ref(SECRET, "prod", f"tls-{event}")
    source = Source.of(ref, metadata(ref, annotations=EVERYWHERE | {names.AUTO_NAMESPACES: listed}))
    made = plan(Snapshot.of(Scope(SECRET), NAMESPACES, []), source, at=AT)
    return sum(step.op is Op.CREATE for step in made.steps), source.problems()


def test_of_eight_events_at_once_beside_busy_threads_none_accuses_a_plain_pattern() -> None:
    """Guards `thread_time` in `PatternList._judge`, and in `Pattern.search`."""
    with busy_threads(2), ThreadPoolExecutor(EVENTS) as events:
        outcomes = list(events.map(outcome, range(1, EVENTS + 1)))

    assert outcomes == [(50, [])] * EVENTS


def test_a_list_of_many_patterns_has_its_end_though_each_is_quick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guards `_MOST_OF_A_LIST`: a tick is everybody's, however many namespaces there are."""
    many = PatternList.parse(",".join(f"[a-z]+{number}-" for number in range(50)))
    moments = count()
    monkeypatch.setattr(patterns, "thread_time", lambda: next(moments) * 15e-6)
    monkeypatch.setattr(budgets, "_MOST_OF_A_LIST", 0.25)

    verdicts = [many.judge(f"app-{number}") for number in range(350)]

    assert [verdicts[0].answer, verdicts[-1].answer] == [Answer.NO, Answer.UNKNOWN]
    assert "took too long to match all names" in verdicts[-1].because


def test_what_expressions_cost_an_event_does_not_grow_with_the_number_of_their_owners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F18. Guards `Budget`: beyond it nothing is searched, and nothing decided but by names."""
    moments, searched = count(), list[str]()
    monkeypatch.setattr(patterns, "thread_time", lambda: next(moments) * 5e-3)
    monkeypatch.setattr(Pattern, "search", lambda _, name: searched.append(name))

    answers, searches = [], []
    for number in (500, 1000):
        searched.clear()
        read_list = lists_of_an_event()
        slow = [read_list(f"(a|aa)+{each}$,(a|ab|aa)+{each}$") for each in range(number)]
        lists = [*slow, read_list("[a-z]+"), read_list("dev"), read_list("d.*")]
        answers += [[each.judge("dev").answer for each in lists][-4:]]
        searches += [len(searched)]

    assert searches[0] == searches[1] < 500
    assert answers == [[Answer.UNKNOWN, Answer.UNKNOWN, Answer.YES, Answer.YES]] * 2


def test_of_lists_that_take_no_longer_than_they_should_all_are_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F18. Guards what is free: nobody's healthy expression uses up what others need."""
    moments = count()
    monkeypatch.setattr(patterns, "thread_time", lambda: next(moments) * 15e-6)
    read_list = lists_of_an_event()

    answers = [read_list(f"[a-z]+-{number}").judge(f"dev-{number}") for number in range(5000)]

    assert all(answers)
