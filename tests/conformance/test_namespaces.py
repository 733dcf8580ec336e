"""Namespaces that come, change their labels, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.clusters import auto, reflects, rules

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster

PROD = "env=prod"


def test_mirrors_are_made_where_labels_match(cluster: Cluster) -> None:
    cluster.namespaces("a", env="prod")
    cluster.namespaces("b", env="dev")

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_allowed_namespaces_selector=PROD))

    assert cluster.mirrored("tls", source="prod") == {"a"}


def test_a_namespace_made_later_with_the_labels_gets_the_mirror(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces_selector=PROD))

    cluster.namespaces("a", env="prod")

    assert cluster.mirrored("tls", source="prod") == {"a"}


def test_a_mirror_comes_and_goes_with_the_labels_of_its_namespace(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_allowed_namespaces_selector=PROD))

    cluster.label_namespace("dev", env="prod")
    labelled = cluster.mirrored("tls", source="prod")
    cluster.label_namespace("dev", env="dev")

    assert labelled == {"dev"}
    assert cluster.mirrored("tls", source="prod") == set()


def test_mirrors_outside_another_selector_go(cluster: Cluster) -> None:
    cluster.label_namespace("dev", env="dev")
    cluster.label_namespace("stage", env="stage")
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces_selector="env=dev"))

    cluster.annotate("prod/tls", rules(reflection_auto_namespaces_selector="env=stage"))

    assert cluster.mirrored("tls", source="prod") == {"stage"}


def test_a_list_and_a_selector_are_either_enough(cluster: Cluster) -> None:
    cluster.label_namespace("dev", env="prod")
    annotations = auto(reflection_auto_namespaces="stage", reflection_auto_namespaces_selector=PROD)

    cluster.write("prod/tls", {"key": "one"}, annotations)

    assert cluster.mirrored("tls", source="prod") == {"dev", "stage"}


def test_a_selector_that_matches_the_sources_own_namespace_leaves_it_alone(
    cluster: Cluster,
) -> None:
    cluster.label_namespace("prod", env="prod")

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces_selector=PROD))

    assert cluster.data("prod/tls") == {"key": "one"}
    assert "kn-mirror.dev/source" not in cluster.metadata("prod/tls")["labels"]


def test_a_selector_that_is_none_makes_no_mirror_and_deletes_none(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))

    cluster.annotate(
        "prod/tls",
        rules(reflection_auto_namespaces=None, reflection_auto_namespaces_selector="env in ("),
    )

    assert cluster.mirrored("tls", source="prod") == {"dev"}


def test_a_pull_mirror_follows_no_more_when_the_labels_of_its_namespace_go(
    cluster: Cluster,
) -> None:
    cluster.label_namespace("dev", env="prod")
    annotations = {**auto(reflection_allowed_namespaces_selector=PROD), **rules_off()}
    cluster.write("prod/tls", {"key": "one"}, annotations)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.label_namespace("dev", env="dev")
    cluster.change("prod/tls", key="two")

    assert cluster.data("dev/copy") == {"key": "one"}


def rules_off() -> dict[str, str]:
    return {name: value or "" for name, value in rules(reflection_auto_enabled="false").items()}


def test_a_pull_mirror_follows_again_when_the_labels_come_back(cluster: Cluster) -> None:
    cluster.label_namespace("dev", env="prod")
    annotations = {**auto(reflection_allowed_namespaces_selector=PROD), **rules_off()}
    cluster.write("prod/tls", {"key": "one"}, annotations)
    cluster.write("dev/copy", {}, reflects("prod/tls"))
    cluster.label_namespace("dev", env="dev")
    cluster.change("prod/tls", key="two")

    cluster.label_namespace("dev", env="prod")

    assert cluster.data("dev/copy") == {"key": "two"}


def test_a_namespace_that_terminates_is_left_alone(cluster: Cluster) -> None:
    held = {"metadata": {"finalizers": ["example.com/held"]}}
    cluster.workbench.patch("Namespace", "", "dev", held)
    cluster.workbench.delete("Namespace", "", "dev")

    report = cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))

    assert cluster.mirrored("tls", source="prod") == {"stage"}
    assert not report.must_retry


def test_a_namespace_that_went_is_no_failure(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))
    cluster.workbench.delete_namespace("dev")

    report = cluster.change("prod/tls", key="two")

    assert cluster.data("stage/tls") == {"key": "two"}
    assert not report.must_retry
