"""Auto mirrors: made, kept in line and withdrawn unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.clusters import ALLOWED, AUTO, PREFIX, auto, rules

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster

EVERY_OTHER = "default", "kube-node-lease", "kube-public", "kube-system", "dev", "stage"


def test_without_rules_every_namespace_gets_a_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, AUTO)

    assert cluster.mirrored("tls", source="prod") == set(EVERY_OTHER)


def test_mirrors_are_made_in_allowed_namespaces_only(cluster: Cluster) -> None:
    cluster.namespaces("allowed-1", "allowed-2", "not-allowed-1", "not-allowed-2")

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_allowed_namespaces="^allowed-.*"))

    assert cluster.mirrored("tls", source="prod") == {"allowed-1", "allowed-2"}


def test_mirrors_are_made_in_listed_namespaces_only(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev, stage ,"))

    assert cluster.mirrored("tls", source="prod") == {"dev", "stage"}


def test_a_list_of_commas_means_nowhere(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces=","))

    assert cluster.mirrored("tls", source="prod") == set()


def test_auto_is_never_wider_than_allowed(cluster: Cluster) -> None:
    annotations = auto(reflection_allowed_namespaces="dev", reflection_auto_namespaces="dev,stage")

    cluster.write("prod/tls", {"key": "one"}, annotations)

    assert cluster.mirrored("tls", source="prod") == {"dev"}


def test_namespaces_are_excluded_by_a_lookahead(cluster: Cluster) -> None:
    pattern = "^(?!(?:default|kube-.*|stage)$).*"

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces=pattern))

    assert cluster.mirrored("tls", source="prod") == {"dev"}


def test_a_namespace_made_later_gets_its_mirrors(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="app-.*"))
    cluster.write("prod/ca", {"key": "two"}, auto(reflection_auto_namespaces="app-1"))

    cluster.namespaces("app-1", "app-2")

    assert cluster.mirrored("tls", source="prod") == {"app-1", "app-2"}
    assert cluster.mirrored("ca", source="prod") == {"app-1"}


def test_allowed_alone_makes_no_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    assert cluster.mirrored("tls", source="prod") == set()


def test_auto_without_allowed_makes_no_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, {f"{PREFIX}reflection-auto-enabled": "true"})

    assert cluster.mirrored("tls", source="prod") == set()


def test_an_object_that_is_annotated_later_is_mirrored(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"})

    cluster.annotate("prod/tls", auto(reflection_auto_namespaces="dev"))

    assert cluster.data("dev/tls") == {"key": "one"}


def test_mirrors_follow_a_change_of_the_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))

    cluster.change("prod/tls", key="two")

    assert [cluster.data(f"{name}/tls") for name in ("dev", "stage")] == [{"key": "two"}] * 2


def test_keys_that_come_change_and_go_do_so_in_mirrors(cluster: Cluster) -> None:
    source = {"stays": "one", "changes": "one", "goes": "one"}
    cluster.write("prod/tls", source, auto(reflection_auto_namespaces="dev"))

    cluster.change("prod/tls", changes="two", goes=None, comes="two")

    assert cluster.data("dev/tls") == {"stays": "one", "changes": "two", "comes": "two"}


def test_mirrors_go_with_their_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, AUTO)

    cluster.delete("prod/tls")

    assert cluster.mirrored("tls", source="prod") == set()


def test_mirrors_go_with_the_namespace_of_their_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    cluster.workbench.delete_namespace("prod")
    cluster.happened("prod/tls")

    assert cluster.data("dev/tls") is None


def test_mirrors_go_when_the_permission_goes(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, AUTO)

    cluster.annotate("prod/tls", rules(reflection_allowed="false"))

    assert cluster.mirrored("tls", source="prod") == set()


def test_mirrors_go_at_once_when_auto_goes(cluster: Cluster) -> None:
    """Reflector 9 and 10 leave them for up to an hour."""
    cluster.write("prod/tls", {"key": "one"}, AUTO)

    cluster.annotate("prod/tls", rules(reflection_auto_enabled=None))

    assert cluster.mirrored("tls", source="prod") == set()


def test_mirrors_outside_a_narrower_list_go_and_come_back_with_a_wider_one(
    cluster: Cluster,
) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))

    cluster.annotate("prod/tls", rules(reflection_auto_namespaces="dev"))
    narrower = cluster.mirrored("tls", source="prod")
    cluster.annotate("prod/tls", rules(reflection_auto_namespaces="dev,stage"))

    assert narrower == {"dev"}
    assert cluster.mirrored("tls", source="prod") == {"dev", "stage"}


def test_a_source_made_again_is_mirrored_again(cluster: Cluster) -> None:
    annotations = auto(reflection_auto_namespaces="dev")
    cluster.write("prod/tls", {"key": "one"}, annotations)
    cluster.delete("prod/tls")

    cluster.write("prod/tls", {"key": "two"}, annotations)

    assert cluster.data("dev/tls") == {"key": "two"}


def test_a_mirror_that_was_deleted_is_made_again(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    cluster.delete("dev/tls")

    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_mirror_that_was_edited_is_repaired(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    cluster.change("dev/tls", key="edited", more="edited")

    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_source_is_not_deleted_when_its_own_namespace_loses_the_permission(
    cluster: Cluster,
) -> None:
    """Reflector's issue 672, and the test of its pull request 689."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_allowed_namespaces="prod,dev"))

    cluster.annotate("prod/tls", rules(reflection_allowed_namespaces="dev"))
    cluster.label_namespace("prod", any="label")

    assert cluster.data("prod/tls") == {"key": "one"}
    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_mirror_is_never_a_source_but_where_its_owner_says_so(cluster: Cluster) -> None:
    """Reflector lets it stay a mirror, which it deletes with its source."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    cluster.annotate("dev/tls", rules(reflection_auto_enabled="true"))
    before = cluster.data("stage/tls")
    cluster.annotate("dev/tls", AUTO)

    assert before is None
    assert cluster.data("stage/tls") == {"key": "one"}


def test_nothing_is_written_when_nothing_changed(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    before = cluster.metadata("dev/tls")["resourceVersion"]

    cluster.happened("prod/tls")
    cluster.happened("dev/tls")
    cluster.label_namespace("dev", any="label")
    cluster.resync()

    assert cluster.metadata("dev/tls")["resourceVersion"] == before


def test_a_partial_state_converges(cluster: Cluster) -> None:
    """One mirror missing, one stale and one unwanted, all while nobody looked."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage,default"))
    bench = cluster.workbench
    bench.delete("Secret", "dev", "tls")
    bench.patch("Secret", "prod", "tls", {"stringData": {"key": "two"}})
    bench.annotate("Secret", "prod", "tls", auto(reflection_auto_namespaces="dev,stage"))

    cluster.resync()

    assert cluster.mirrored("tls", source="prod") == {"dev", "stage"}
    assert cluster.data("dev/tls") == cluster.data("stage/tls") == {"key": "two"}


def test_what_was_deleted_while_nobody_looked_leaves_no_orphan(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, AUTO)
    cluster.workbench.delete("Secret", "prod", "tls")

    cluster.resync()

    assert cluster.mirrored("tls", source="prod") == set()
