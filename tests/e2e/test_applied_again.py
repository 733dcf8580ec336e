"""A pull mirror's own manifest is applied again: its stub is filled, whatever else is there stays.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, Cluster, reflects, rules
from tests.e2e.test_ticks import QUIET
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import encode, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

COPY: Final = path_of("Secret", "dev", "copy")
# What a manifest holds, and what its source does.
STUBS: Final[Mapping[str, tuple[dict[str, str], dict[str, str]]]] = {
    "empty values": ({"crt": "", "key": ""}, {"crt": "one", "key": "one"}),
    "fewer keys": ({"crt": "", "key": ""}, {"crt": "one", "key": "one", "ca": "one"}),
    "empty JSON": ({"config": " {}\n"}, {"config": '{"auths": {"a": {}}}'}),
    "a registry's": ({"config": '{"auths": {}}'}, {"config": '{"auths": {"a": {}}}'}),
    "a word": ({"password": "changeme"}, {"password": "one"}),
    "a word, and fewer keys": ({"password": "changeme"}, {"password": "one", "user": "one"}),
}


@pytest.fixture
def cluster(workbench: Workbench, handler: Handler) -> Cluster:
    """Namespaces `prod` and `dev`, and kn-mirror at work, which looks at everything once."""
    handler.full_resync_interval = 3600
    found = Cluster(workbench, handler)
    found.namespaces("kn-mirror", "prod", "dev")
    return found


def declare(cluster: Cluster, stub: Mapping[str, str], content: Mapping[str, str]) -> None:
    """Make a source, and a pull mirror of it by a manifest."""
    cluster.write("prod/tls", content, ALLOWED)
    cluster.write("dev/copy", stub, reflects("prod/tls"))
    assert cluster.data("dev/copy") == content


def apply(cluster: Cluster, stub: Mapping[str, str]) -> None:
    """Apply that manifest again, as `kubectl apply` does, and tell nobody."""
    change = {"data": {key: encode(value) for key, value in stub.items()}}
    path = f"{COPY}?fieldManager=kubectl-client-side-apply"
    answer = cluster.workbench.api.request("PATCH", path, change, content_type=MERGE_PATCH)
    assert answer.status == 200


@pytest.mark.parametrize("held", STUBS)
def test_a_stub_that_is_applied_again_is_filled_again(cluster: Cluster, held: str) -> None:
    """Guards `holds_stub` in `Filling.decide`."""
    stub, content = STUBS[held]
    declare(cluster, stub, content)

    apply(cluster, stub)
    emptied = cluster.data("dev/copy")
    cluster.happened("dev/copy")

    assert emptied == content | stub
    assert cluster.data("dev/copy") == content


def test_the_stub_of_a_config_map_is_filled_again(cluster: Cluster) -> None:
    cluster.write_config_map("prod/ca", {"ca.crt": "one"}, {"ca.jks": "AQ=="}, ALLOWED)
    cluster.write_config_map("dev/ca", {"ca.crt": ""}, {"ca.jks": ""}, reflects("prod/ca"))

    cluster.patch("dev/ca", {"data": {"ca.crt": ""}, "binaryData": {"ca.jks": ""}}, "ConfigMap")

    found = cluster.workbench.data("dev", "ca", "ConfigMap")
    assert found == {"ca.crt": b"one", "ca.jks": b"\x01"}


def test_a_pull_mirror_whose_content_is_taken_away_is_filled_again(cluster: Cluster) -> None:
    declare(cluster, {}, {"key": "one"})

    cluster.patch("dev/copy", {"data": None})

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_stub_of_which_nobody_told_is_filled_by_the_tick(cluster: Cluster) -> None:
    declare(cluster, {"key": ""}, {"key": "one"})

    apply(cluster, {"key": ""})
    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_manifest_that_is_replaced_whole_is_filled_again(cluster: Cluster) -> None:
    """What was noted of it goes with the replacement, its stub among it, and is noted anew."""
    declare(cluster, {"key": "changeme"}, {"key": "one"})
    metadata = {"name": "copy", "annotations": reflects("prod/tls")}
    manifest = {"metadata": metadata, "data": {"key": encode("changeme")}}

    cluster.workbench.api.request("PUT", COPY, manifest)
    cluster.happened("dev/copy")
    apply(cluster, {"key": "changeme"})
    cluster.happened("dev/copy")

    assert cluster.data("dev/copy") == {"key": "one"}


@pytest.mark.parametrize("own", [{"crt": "own"}, {"crt": "own", "key": ""}, {"more": "own"}])
def test_whatever_else_its_owner_changes_stays_until_the_source_changes(
    cluster: Cluster, own: dict[str, str]
) -> None:
    declare(cluster, {"crt": "", "key": ""}, {"crt": "one", "key": "one"})

    apply(cluster, own)
    cluster.happened("dev/copy")
    cluster.resync()
    stayed = cluster.data("dev/copy")
    cluster.change("prod/tls", crt="two")

    assert stayed == {"crt": "one", "key": "one"} | own
    assert cluster.data("dev/copy") == {"crt": "two", "key": "one"}


def test_what_its_owner_changed_and_took_back_is_the_sources(cluster: Cluster) -> None:
    declare(cluster, {"key": ""}, {"key": "one"})
    apply(cluster, {"key": "own"})
    apply(cluster, {"key": "one"})

    [looked_at] = cluster.happened("dev/copy").outcomes

    assert looked_at.because.endswith("has changed its content, but it is the source's")


def test_a_key_that_its_owner_takes_away_stays_away(cluster: Cluster) -> None:
    declare(cluster, {"crt": "", "key": ""}, {"crt": "one", "key": "one"})

    cluster.change("dev/copy", crt=None)
    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}


def test_what_an_owner_changed_is_looked_at_once_and_costs_no_tick_more(cluster: Cluster) -> None:
    """Guards `Action.UNCHANGED` for `Op.KEEP` in `applying`, which the memory holds."""
    declare(cluster, {"key": ""}, {"key": "one"})
    cluster.resync()
    apply(cluster, {"key": "own"})

    with cluster.handler.requests() as first:
        cluster.resync()
    with cluster.handler.requests() as second:
        cluster.resync()

    source = path_of("Secret", "prod", "tls")
    assert [each for each in first if each not in QUIET] == [f"GET {source}", f"GET {COPY}"]
    assert sorted(second) == sorted(QUIET)


def test_a_tool_that_applies_in_a_loop_is_answered_write_by_write(cluster: Cluster) -> None:
    """Invariant 10: never do our own writes answer ours, so it ends when the tool does."""
    declare(cluster, {"key": "changeme"}, {"key": "one"})
    cluster.resync()

    with cluster.handler.requests() as asked:
        for _ in range(3):
            apply(cluster, {"key": "changeme"})
            cluster.happened("dev/copy")
        cluster.resync()
        cluster.resync()

    assert [each for each in asked if COPY in each and "PATCH" in each] == [f"PATCH {COPY}"] * 3
    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_source_that_is_a_stub_itself_comes_to_rest(cluster: Cluster) -> None:
    declare(cluster, {"key": ""}, {"key": ""})

    apply(cluster, {"key": "own"})
    apply(cluster, {"key": ""})
    cluster.happened("dev/copy")
    cluster.resync()
    before = cluster.metadata("dev/copy")["resourceVersion"]
    cluster.happened("dev/copy")

    assert cluster.metadata("dev/copy")["resourceVersion"] == before


def test_a_stub_is_not_filled_where_the_source_does_not_permit_it_any_more(
    cluster: Cluster,
) -> None:
    declare(cluster, {"key": ""}, {"key": "one"})
    cluster.annotate("prod/tls", rules(reflection_allowed=None))

    apply(cluster, {"key": ""})
    cluster.happened("dev/copy")
    cluster.resync()

    assert cluster.data("dev/copy") == {"key": ""}


def test_of_a_stub_no_value_is_noted(cluster: Cluster) -> None:
    """Invariant 5."""
    declare(cluster, {"key": "changeme"}, {"key": "one"})

    noted = cluster.metadata("dev/copy")["annotations"]

    assert len(noted["kn-mirror.dev/stub-hash"]) == len(noted["kn-mirror.dev/content-hash"])
    assert "changeme" not in str(noted)
    assert encode("changeme") not in str(noted)


def test_a_pull_mirror_that_is_pointed_elsewhere_keeps_its_stub(cluster: Cluster) -> None:
    declare(cluster, {"key": "changeme"}, {"key": "one"})
    cluster.write("prod/other", {"key": "two"}, ALLOWED)
    cluster.annotate("dev/copy", {f"{PREFIX}reflects": "prod/other"})

    apply(cluster, {"key": "changeme"})
    cluster.happened("dev/copy")

    assert cluster.data("dev/copy") == {"key": "two"}


def test_a_pull_mirror_that_an_earlier_release_filled_is_filled_again(cluster: Cluster) -> None:
    """It noted no stub, nor did Reflector; empty values are known without that."""
    declare(cluster, {"crt": "", "key": ""}, {"crt": "one", "key": "one"})
    cluster.annotate("dev/copy", {"kn-mirror.dev/content-hash": None})

    apply(cluster, {"crt": "", "key": ""})
    cluster.happened("dev/copy")

    assert cluster.data("dev/copy") == {"crt": "one", "key": "one"}
