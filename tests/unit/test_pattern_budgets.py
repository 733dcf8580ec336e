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
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
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

    from mirroring.codes import Reason

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


def outcome(event: int) -> tuple[int, list[Reason]]:
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


HEALTHY = [
    "[a-z]+",
    "(dev|stage)-[0-9]+",
    "^(?!(?:default|kube-system|kube-public|kube-node-lease|kn-mirror)$).*",
    r"dev-\d+|team-(?:shop|store)",
    "[a-z]+-1,[a-z]+-2,other",
]


class Spending:
    """The engine and its clock, by which a slow pattern takes all that it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spent, self.searched = 0.0, list[str]()
        self._search = Pattern.search
        monkeypatch.setattr(patterns, "thread_time", lambda: self.spent)

        def search(pattern: Pattern, name: str, seconds: float) -> object:
            return self.look(pattern, name, seconds)

        monkeypatch.setattr(Pattern, "search", search)

    def look(self, pattern: Pattern, name: str, seconds: float) -> object:
        """Search; only patterns that begin with `(a` are slow."""
        if not pattern.text.startswith("(a"):
            self.spent += 10e-6
            return self._search(pattern, name, 60)
        self.spent += seconds
        self.searched.append(pattern.text)
        raise TimeoutError


def test_after_a_thousand_hostile_lists_every_healthy_one_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F18. Guards `_OF_A_LIST_LAST`: the dearest count as undecided, and not the last."""
    engine, read_list = Spending(monkeypatch), lists_of_an_event()
    slow = [read_list(f"(a|aa)+{each}$,(a|ab|aa)+{each}$") for each in range(1000)]
    hostile = {each.judge(name).answer for each in slow for name in ("dev-1", "dev-2", "other")}
    spent = engine.spent

    lists = [read_list(f"{text},never-{number}") for number in range(4) for text in HEALTHY]
    answers = [each.judge("dev-1").answer for each in lists]

    assert hostile == {Answer.UNKNOWN}
    assert answers == [Answer.NO, *[Answer.YES] * 4] * 4
    assert [each.slow for each in lists] == [()] * len(lists)
    assert len(engine.searched) <= 2 * len(slow)
    assert spent < 1 + 2e-3 * len(slow)


def test_after_hostile_lists_healthy_ones_are_decided_by_the_engine_itself() -> None:
    """F18. Guards how long `Pattern.search` may take: what is left of its list."""
    read_list, name = lists_of_an_event(), "a" * 50 + "-1"
    slow = [read_list(f"(a|aa)+{each}[^1]$").judge(name).answer for each in range(400)]

    lists = [read_list(f"{text},never-{number}") for number in range(4) for text in HEALTHY]
    answers = [each.judge("dev-1").answer for each in lists]

    assert set(slow) == {Answer.UNKNOWN}
    assert answers == [Answer.NO, *[Answer.YES] * 4] * 4


def test_late_lists_compile_nothing_that_takes_longer_than_they_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F18. Guards `suffices_for`: compiling cannot be broken off, and is no search."""
    engine, read_list = Spending(monkeypatch), lists_of_an_event()
    long = "|".join(f"dev-{number}" for number in range(100))
    before = read_list(f"{long},none").judge("dev-1").answer
    for each in range(1000):
        read_list(f"(a|aa)+{each}$").judge("dev-1")

    after = read_list(f"{long},never").judge("dev-1")

    assert engine.spent > 1
    assert (before, after.answer) == (Answer.YES, Answer.UNKNOWN)
    assert "was not tried" in after.because


def test_a_collection_of_garbage_makes_no_pattern_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards `_dearest`: this thread's time counts what Python does meanwhile."""
    engine, read_list = Spending(monkeypatch), lists_of_an_event()
    for each in range(1000):
        read_list(f"(a|aa)+{each}$").judge("dev-1")
    healthy = read_list("[a-z]+-[0-9]+")
    assert healthy.judge("dev-1")

    search = Pattern.search

    def collect(pattern: Pattern, name: str, seconds: float) -> object:
        engine.spent += 0.3
        return search(pattern, name, seconds)

    with monkeypatch.context() as collecting:
        collecting.setattr(Pattern, "search", collect)
        assert healthy.judge("dev-2")

    assert healthy.judge("dev-3")


def test_of_lists_that_take_no_longer_than_they_should_all_are_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F18. Guards what is free: nobody's healthy expression uses up what others need."""
    moments = count()
    monkeypatch.setattr(patterns, "thread_time", lambda: next(moments) * 15e-6)
    read_list = lists_of_an_event()

    answers = [read_list(f"[a-z]+-{number}").judge(f"dev-{number}") for number in range(5000)]

    assert all(answers)
