"""What people write that nobody can mean: it harms its own object, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring.objects.metadata import Namespace
from mirroring.policies.rules import Rules
from mirroring.reporting.reports import Action
from mirroring.verdicts import Answer
from tests.conformance.clusters import PREFIX, auto, rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.reporting.reports import Report
    from tests.conformance.clusters import Cluster

TO_DEV = auto(reflection_auto_namespaces="dev")
HEALTHY = [f"tls-{number}" for number in range(50)]
BOMBS = ["(a|aa)+$", "(a|a)*$", "(a|aa)+[^1]$"]
LONG = "a" * 60 + "1"


def test_a_pattern_that_is_none_harms_its_own_source_only(cluster: Cluster) -> None:
    """Reflector mirrors nothing at all from then on."""
    broken = auto(reflection_auto_namespaces="*-db")
    told = [cluster.write("prod/broken", {"key": "one"}, broken)]

    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    told += [cluster.resync(), cluster.label_namespace("dev", any="label")]

    assert cluster.data("dev/tls") == {"key": "one"}
    # It is told by what has to do with it, and not by each event of a namespace.
    assert [_is_told(report, "Did you mean '.*-db'?") for report in told] == [True, True, False]


def _is_told(report: Report, what: str) -> bool:
    return any(what in each.because for each in report.outcomes)


def test_a_pattern_that_is_none_any_more_leaves_the_mirrors_that_are_there(
    cluster: Cluster,
) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.annotate("prod/tls", rules(reflection_auto_namespaces="(dev"))

    assert cluster.data("dev/tls") == {"key": "one"}


@pytest.mark.parametrize(
    "written", ["2026-01-01T00:00:00+00:00", '"2026-01-01T00:00:00.0000000+00:00"', "", "soon"]
)
def test_every_reflected_at_is_read(cluster: Cluster, written: str) -> None:
    """Reflector 9 and 10 stop at one that they cannot parse; until 9.0.320 they wrote quotes."""
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.annotate("dev/tls", rules(reflected_at=written))
    cluster.change("prod/tls", key="two")

    assert cluster.data("dev/tls") == {"key": "two"}


@pytest.mark.parametrize("written", ["yes", "1", "on", "truee", ""])
def test_only_true_is_true(cluster: Cluster, written: str) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.annotate("prod/tls", rules(reflection_allowed=written))

    assert cluster.data("dev/tls") is None


@pytest.mark.parametrize(
    ("pattern", "namespace", "answer"),
    [
        ("^(?!(?:default|kube-system)$).*", "shop", Answer.YES),
        ("^(?!(?:default|kube-system)$).*", "default", Answer.NO),
        ("^(?!kube-).*", "kube-public", Answer.NO),
        ("*-db", "shop-db", Answer.UNKNOWN),
        ("tss-*", "tss-1", Answer.NO),
        ("tss-*", "tss--", Answer.YES),
        ("dev,stage,", "stage", Answer.YES),
        (" dev , stage ", "dev", Answer.YES),
        ("a{1,3}", "aaa", Answer.NO),
        ("a|ab", "ab", Answer.NO),
        ("ns-.*?", "ns-1", Answer.NO),
        ("DEV", "dev", Answer.NO),
        (r"(?<stage>dev|prod)", "prod", Answer.YES),
        (r"\p{L}+", "dev", Answer.YES),
        ("[a-z-[aeiou]]+", "dev", Answer.UNKNOWN),
    ],
)
def test_patterns_that_people_wrote(pattern: str, namespace: str, answer: Answer) -> None:
    annotations = auto(reflection_auto_namespaces=pattern)

    assert Rules.read(annotations).permits_auto(Namespace(namespace)).answer is answer


@pytest.mark.parametrize("harmless", ["(a+)+$", "([a-z]+)*$", "(.*a){4}$"])
def test_a_pattern_that_takes_dot_net_for_ever_need_not_take_long(harmless: str) -> None:
    rules_of_it = Rules.read(auto(reflection_auto_namespaces=harmless))

    assert rules_of_it.permits_auto(Namespace(LONG)).answer is Answer.NO


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_pattern_that_would_take_for_ever_costs_its_own_source_only(
    cluster: Cluster, bomb: str
) -> None:
    cluster.namespaces(LONG)
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    report = cluster.write("prod/bomb", {"key": "one"}, auto(reflection_auto_namespaces=bomb))
    cluster.change("prod/tls", key="two")

    assert any("took too long" in each.because for each in report.outcomes)
    assert cluster.data("dev/tls") == {"key": "two"}


POISON = {
    f"{PREFIX}reflection-allowed": "true",
    f"{PREFIX}reflection-auto-enabled": "true",
    f"{PREFIX}reflection-allowed-namespaces": "*,(,[",
    f"{PREFIX}reflection-auto-namespaces": "(a+)+$,*",
    f"{PREFIX}reflection-auto-namespaces-selector": "env in (",
    f"{PREFIX}reflects": "a/b/c/d",
    f"{PREFIX}auto-reflects": "maybe",
    f"{PREFIX}reflected-at": '"',
    f"{PREFIX}reflected-version": "ten",
    "kn-mirror.dev/keys": "=",
    "kn-mirror.dev/copied": "{",
}


def by_events_of_secrets(cluster: Cluster) -> list[Report]:
    return [cluster.happened(f"prod/{name}") for name in ("poison", *HEALTHY)]


def by_deletes(cluster: Cluster) -> list[Report]:
    cluster.resync()
    for name in HEALTHY:
        cluster.workbench.delete("Secret", "dev", name)
    return [cluster.happened(f"{namespace}/{name}") for namespace, name in
            [("prod", "poison"), *(("dev", name) for name in HEALTHY)]]  # fmt: skip


def by_a_tick(cluster: Cluster) -> list[Report]:
    return [cluster.resync()]


def poisoned(cluster: Cluster) -> Cluster:
    bench, marked = cluster.workbench, {"kn-mirror.dev/role": "source"}
    bench.secret("prod", "poison", {"key": "one"}, annotations=POISON, labels=marked)
    for name in HEALTHY:
        bench.secret("prod", name, {"key": "one"}, annotations=TO_DEV, labels=marked)
    return cluster


def failed(report: Report) -> set[str]:
    return {each.source.name for each in report.outcomes if each.action is Action.FAILED}


@pytest.mark.parametrize("events", [by_events_of_secrets, by_deletes, by_a_tick])
def test_one_object_with_everything_malformed_among_fifty_harms_none_of_them(
    cluster: Cluster, events: Callable[[Cluster], list[Report]]
) -> None:
    reports = events(poisoned(cluster))

    assert [cluster.data(f"dev/{name}") for name in HEALTHY] == [{"key": "one"}] * 50
    assert set[str]().union(*map(failed, reports)) == {"poison"}


def test_by_an_event_of_the_namespace_it_harms_none_either_and_is_not_told_again(
    cluster: Cluster,
) -> None:
    """A fault is told once for each version of its object, however many namespaces come."""
    report = poisoned(cluster).label_namespace("dev", any="label")

    assert [cluster.data(f"dev/{name}") for name in HEALTHY] == [{"key": "one"}] * 50
    assert failed(report) == set()
    assert failed(cluster.happened("prod/poison")) == {"poison"}
