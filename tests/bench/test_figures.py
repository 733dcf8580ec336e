from __future__ import annotations

from tests.bench.examples import cost
from tests.bench.figures import Count, Figure, Memory, Ratio, markdown, table
from tests.bench.goals import figures_of
from tests.bench.renewals import RENEWAL
from tests.bench.resyncs import TICK


def test_the_table_says_what_was_measured_and_whether_the_goal_is_met() -> None:
    figures: list[Figure] = [
        Ratio("renewal", ours=1.2, bare=1.0, goal=1.25),
        Ratio("start", ours=0.6, bare=0.2, goal=2.5),
        Ratio("look", ours=12.34, bare=10.0),
        Memory("memory", 60, 120),
        Memory("of which elsewhere", 20),
        Count("requests", 4, 5, at_most=True),
        Count("mirrors", 3_999, 4_000),
    ]

    lines = [line.rstrip() for line in table(figures).splitlines()]

    assert lines == [
        "figure                 ours     bare  ratio      goal  met",
        "renewal             1200 ms  1000 ms   1.20    ≤ 1.25  yes",
        "start                600 ms   200 ms   3.00     ≤ 2.5   no",
        "look                 12.3 s   10.0 s   1.23",
        "memory                60 MB                  ≤ 120 MB  yes",
        "of which elsewhere    20 MB",
        "requests                  4                       ≤ 5  yes",
        "mirrors               3,999                   = 4,000   no",
    ]


def test_the_same_is_a_table_of_markdown() -> None:
    assert markdown([Memory("memory", 60, 120)]).splitlines() == [
        "| figure | ours | bare | ratio | goal | met |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| memory | 60 MB |  |  | ≤ 120 MB | yes |",
    ]


def test_a_cost_stands_beside_the_goal_for_its_size() -> None:
    costs = [cost(RENEWAL, namespaces) for namespaces in (100, 1_000, 10_000)]

    goals = [figure.goal for figure in figures_of(costs) if isinstance(figure, Ratio)]

    assert goals == [None, 1.25, 1.2]


def test_the_most_memory_of_each_size_is_a_figure() -> None:
    costs = [cost(memory=60), cost(memory=90), cost(namespaces=1_000, memory=140)]

    held = [figure.ours for figure in figures_of(costs) if isinstance(figure, Memory)]

    assert held == [90, 140]


def test_the_requests_of_a_resync_that_finds_nothing_are_counted() -> None:
    (count,) = [each for each in figures_of([cost(TICK, requests=4)]) if isinstance(each, Count)]

    assert count == Count(count.name, 4, 5, at_most=True)
