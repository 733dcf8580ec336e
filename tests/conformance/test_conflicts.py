"""Names that somebody else has: users, other sources, pull mirrors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.reporting.reports import Action
from tests.conformance.clusters import auto, reflects, rules

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster

TO_DEV = auto(reflection_auto_namespaces="dev")


def test_a_users_own_object_is_never_overwritten_by_a_source_that_comes(cluster: Cluster) -> None:
    cluster.write("dev/tls", {"own": "stays"})

    report = cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.change("prod/tls", key="two")

    assert cluster.data("dev/tls") == {"own": "stays"}
    assert report.counts()[Action.CONFLICT] == 1


def test_a_users_own_object_is_never_overwritten_by_way_of_its_namespace(cluster: Cluster) -> None:
    """Reflector overwrites it when the namespace comes, changes or is replayed."""
    cluster.write("dev/tls", {"own": "stays"}, {"example.com/any": "annotation"})
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.label_namespace("dev", any="label")

    assert cluster.data("dev/tls") == {"own": "stays"}


def test_a_users_own_object_outlives_the_source(cluster: Cluster) -> None:
    cluster.write("dev/tls", {"own": "stays"})
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.change("prod/tls", key="two")
    cluster.delete("prod/tls")
    cluster.resync()

    assert cluster.data("dev/tls") == {"own": "stays"}


def test_an_object_that_took_the_place_of_a_mirror_outlives_the_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.workbench.delete("Secret", "dev", "tls")
    cluster.workbench.secret("dev", "tls", {"own": "stays"})

    cluster.delete("prod/tls")

    assert cluster.data("dev/tls") == {"own": "stays"}


def test_a_mirror_whose_bookkeeping_was_taken_away_is_its_owners(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.annotate("dev/tls", rules(reflects=None))
    cluster.delete("prod/tls")

    assert cluster.data("dev/tls") == {"key": "one"}


def test_an_object_whose_owner_hands_it_over_becomes_the_mirror(cluster: Cluster) -> None:
    cluster.write("dev/tls", {"own": "goes"})
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    cluster.annotate("dev/tls", {"kn-mirror.dev/adopt": "prod/tls"})
    cluster.happened("prod/tls")

    assert cluster.data("dev/tls") == {"key": "one"}


def test_of_two_sources_of_one_name_the_first_keeps_the_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "first"}, TO_DEV)

    report = cluster.write("stage/tls", {"key": "second"}, TO_DEV)
    cluster.label_namespace("dev", any="label")
    cluster.change("stage/tls", key="again")

    assert cluster.data("dev/tls") == {"key": "first"}
    told = {
        each.source.path: each.because for each in report.outcomes if each.action is Action.CONFLICT
    }
    assert "is a mirror of prod/tls" in told["stage/tls"]
    assert "stage/tls wants mirrors" in told["prod/tls"]


def test_the_second_source_gets_no_mirror_when_the_first_goes_which_may_come_back(
    cluster: Cluster,
) -> None:
    cluster.workbench.namespace("kn-mirror")
    cluster.write("prod/tls", {"key": "first"}, TO_DEV)
    cluster.write("stage/tls", {"key": "second"}, TO_DEV)

    cluster.delete("prod/tls")
    between = cluster.data("dev/tls")
    cluster.write("prod/tls", {"key": "again"}, TO_DEV)

    assert between is None
    assert cluster.data("dev/tls") == {"key": "again"}


def test_a_source_is_never_overwritten_by_another(cluster: Cluster) -> None:
    bench = cluster.workbench
    to_stage, to_prod = (auto(reflection_auto_namespaces=name) for name in ("stage", "prod"))
    bench.secret("prod", "tls", {"key": "first"}, annotations=to_stage)
    bench.secret("stage", "tls", {"key": "second"}, annotations=to_prod)

    cluster.happened("prod/tls")
    cluster.happened("stage/tls")
    cluster.label_namespace("stage", any="label")
    cluster.resync()

    assert cluster.data("prod/tls") == {"key": "first"}
    assert cluster.data("stage/tls") == {"key": "second"}


def test_a_pull_mirror_of_another_source_is_a_conflict(cluster: Cluster) -> None:
    cluster.write("dev/tls", {"own": "stays"}, reflects("stage/other"))

    report = cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    assert cluster.data("dev/tls") == {"own": "stays"}
    assert report.counts()[Action.CONFLICT] == 1


def test_sources_whose_names_begin_alike_leave_each_other_alone(cluster: Cluster) -> None:
    """The replicator deleted by a pattern that it did not anchor."""
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.write("prod/tls-2", {"key": "two"}, TO_DEV)

    cluster.delete("prod/tls")

    assert cluster.data("dev/tls-2") == {"key": "two"}
