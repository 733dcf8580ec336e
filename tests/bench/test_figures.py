from __future__ import annotations

from tests.bench.figures import Memory, Ratio, table


def test_the_table_says_what_was_measured_and_whether_the_goal_is_met() -> None:
    figures: list[Ratio | Memory] = [
        Ratio("renewal", ours=1.2, bare=1.0, goal=1.25),
        Ratio("start", ours=0.6, bare=0.2, goal=2.5),
        Memory("memory", 60, 120),
        Memory("of which elsewhere", 20),
    ]

    lines = [line.rstrip() for line in table(figures).splitlines()]

    assert lines == [
        "figure                 ours     bare  ratio      goal  met",
        "renewal             1200 ms  1000 ms   1.20    ≤ 1.25  yes",
        "start                600 ms   200 ms   3.00     ≤ 2.5   no",
        "memory                60 MB                  ≤ 120 MB  yes",
        "of which elsewhere    20 MB",
    ]
