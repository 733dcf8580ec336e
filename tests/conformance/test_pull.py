"""Pull mirrors: declared by their owners, filled by kn-mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.reporting.reports import Action
from tests.conformance.clusters import ALLOWED, PREFIX, allowed, auto, reflects, rules

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster


def test_a_pull_mirror_is_filled(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("dev/tls", {}, reflects("prod/tls"))

    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_pull_mirror_may_have_another_name(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("dev/my-copy", {}, reflects(" prod / tls "))

    assert cluster.data("dev/my-copy") == {"key": "one"}


def test_a_pull_mirror_may_be_in_the_namespace_of_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("prod/copy", {}, reflects("prod/tls"))

    assert cluster.data("prod/copy") == {"key": "one"}


def test_a_bare_name_is_in_the_pull_mirrors_own_namespace(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("prod/copy", {}, reflects("tls"))

    assert cluster.data("prod/copy") == {"key": "one"}


def test_a_pull_mirror_follows_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one", "gone": "one"}, ALLOWED)
    cluster.write("dev/copy", {"own": "gone, too"}, reflects("prod/tls"))

    cluster.change("prod/tls", key="two", gone=None)

    assert cluster.data("dev/copy") == {"key": "two"}


def test_a_pull_mirror_is_filled_as_soon_as_its_source_comes(cluster: Cluster) -> None:
    """Reflector fills it at its next replay, up to an hour later."""
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_is_filled_as_soon_as_its_source_permits_it(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, allowed(reflection_allowed_namespaces="stage"))
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.annotate("prod/tls", rules(reflection_allowed_namespaces="dev"))

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_that_is_not_permitted_is_refused_with_the_reason(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, allowed(reflection_allowed_namespaces="stage"))

    report = cluster.write("dev/copy", {"own": "stays"}, reflects("prod/tls"))

    [refused] = report.outcomes
    assert refused.action is Action.REFUSED
    assert "'stage' does not span 'dev'" in refused.because
    assert cluster.data("dev/copy") == {"own": "stays"}


def test_a_pull_mirror_of_what_permits_nothing_is_refused(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"})

    report = cluster.write("dev/copy", {}, reflects("prod/tls"))

    assert report.outcomes[0].because.endswith("reflection-allowed is not true")
    assert cluster.data("dev/copy") == {}


def test_a_pull_mirror_keeps_its_content_when_the_permission_goes(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    report = cluster.annotate("prod/tls", rules(reflection_allowed=None))
    cluster.change("prod/tls", key="two")

    assert [each.action for each in report.outcomes] == [Action.REFUSED]
    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_keeps_its_content_when_its_source_goes(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.delete("prod/tls")

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_follows_a_source_that_was_made_again(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))
    cluster.delete("prod/tls")

    cluster.write("prod/tls", {"key": "two"}, ALLOWED)

    assert cluster.data("dev/copy") == {"key": "two"}


def test_a_pull_mirror_outlives_the_namespace_of_its_source(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.workbench.delete_namespace("prod")
    cluster.happened("prod/tls")
    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}


def test_what_its_owner_edits_in_a_pull_mirror_stays_until_the_source_changes(
    cluster: Cluster,
) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.change("dev/copy", key="edited")
    cluster.resync()
    edited = cluster.data("dev/copy")
    cluster.change("prod/tls", key="two")

    assert edited == {"key": "edited"}
    assert cluster.data("dev/copy") == {"key": "two"}


def test_an_empty_reflected_version_fills_a_pull_mirror_anew(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))
    cluster.change("dev/copy", key="edited")

    cluster.annotate("dev/copy", rules(reflected_version=""))

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_that_names_another_source_gets_its_content(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("prod/other", {"key": "two"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))

    cluster.annotate("dev/copy", rules(reflects="prod/other"))
    cluster.change("prod/tls", key="three")

    assert cluster.data("dev/copy") == {"key": "two"}


def test_a_pull_mirror_in_an_auto_namespace_stays_its_owners_for_ever(cluster: Cluster) -> None:
    """Reflector takes it over, and deletes it when the list is narrowed (its issue 295)."""
    cluster.write("dev/tls", {}, reflects("prod/tls"))

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))
    cluster.annotate("prod/tls", rules(reflection_auto_namespaces="stage"))
    cluster.delete("prod/tls")

    assert cluster.data("dev/tls") == {"key": "one"}
    assert cluster.metadata("dev/tls")["annotations"][f"{PREFIX}auto-reflects"] == "False"


def test_a_chain_of_pull_mirrors_follows_its_end(cluster: Cluster) -> None:
    """Reflector fills the second once, and never again."""
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/first", {}, reflects("prod/tls"))
    cluster.write("stage/second", {}, reflects("dev/first"))

    cluster.change("prod/tls", key="two")

    assert cluster.data("stage/second") == {"key": "two"}


def test_a_chain_through_an_auto_mirror_follows_its_end(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    cluster.write("stage/copy", {}, reflects("dev/tls"))

    cluster.change("prod/tls", key="two")

    assert cluster.data("stage/copy") == {"key": "two"}


def test_a_chain_is_filled_by_the_rules_of_its_end(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, allowed(reflection_allowed_namespaces="dev"))
    cluster.write("dev/first", {}, reflects("prod/tls") | ALLOWED)

    cluster.write("stage/second", {}, reflects("dev/first"))

    assert cluster.data("stage/second") == {}


def test_pull_mirrors_in_a_circle_are_refused_and_end(cluster: Cluster) -> None:
    cluster.write("dev/a", {"own": "a"}, reflects("stage/b") | ALLOWED)

    report = cluster.write("stage/b", {"own": "b"}, reflects("dev/a") | ALLOWED)

    assert "stage/b → dev/a → stage/b is a circle" in report.outcomes[0].because
    assert (cluster.data("dev/a"), cluster.data("stage/b")) == ({"own": "a"}, {"own": "b"})


def test_an_object_that_reflects_itself_is_left_alone(cluster: Cluster) -> None:
    cluster.write("dev/a", {"own": "a"}, reflects("dev/a") | ALLOWED)

    assert cluster.data("dev/a") == {"own": "a"}


def test_a_reflects_that_names_nothing_makes_no_mirror(cluster: Cluster) -> None:
    cluster.write("dev/a", {"own": "a"}, reflects("a/b/c"))

    assert cluster.data("dev/a") == {"own": "a"}
    assert "labels" not in cluster.metadata("dev/a")


def test_pull_mirrors_that_nobody_told_of_are_filled_by_a_resync(cluster: Cluster) -> None:
    bench = cluster.workbench
    bench.secret("prod", "tls", {"key": "one"}, annotations=ALLOWED)
    bench.secret("dev", "copy", {}, annotations=reflects("prod/tls"))

    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_that_is_filled_is_not_written_again(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)
    cluster.write("dev/copy", {}, reflects("prod/tls"))
    before = cluster.metadata("dev/copy")["resourceVersion"]

    cluster.happened("prod/tls")
    cluster.happened("dev/copy")
    cluster.label_namespace("dev", any="label")
    cluster.resync()

    assert cluster.metadata("dev/copy")["resourceVersion"] == before


def test_a_pull_mirror_whose_type_is_another_keeps_it(cluster: Cluster) -> None:
    pair = {"tls.crt": "cert", "tls.key": "key"}
    cluster.write("prod/tls", pair, ALLOWED, type="kubernetes.io/tls")

    cluster.write("dev/copy", {}, reflects("prod/tls"))

    assert cluster.data("dev/copy") == pair
    found = cluster.workbench.get("Secret", "dev", "copy")
    assert found is not None
    assert found["type"] == "Opaque"
