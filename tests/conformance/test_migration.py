"""From Reflector and back: objects exactly as its versions 7, 9 and 10 left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, auto, reflects, rules

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster

TO_DEV = auto(reflection_auto_namespaces="dev")
WRITTEN_AT = {
    "v7": '"2023-03-01T10:00:00.0000000+00:00"',
    "v9": "2025-03-08T10:00:00.0000000+00:00",
    "v10": "2026-08-04T10:00:00.0000000+00:00",
}


@pytest.fixture(params=sorted(WRITTEN_AT))
def written_at(request: pytest.FixtureRequest) -> str:
    """When the mirror was written, as a version of Reflector writes it."""
    return WRITTEN_AT[request.param]


def left_by_reflector(source: str, version: str, at: str, *, automatic: bool) -> dict[str, str]:
    """The bookkeeping of a mirror."""
    named = rules(
        reflects=source,
        auto_reflects=str(automatic),
        reflected_version=version,
        reflected_at=at,
    )
    return {name: value or "" for name, value in named.items()}


def make_source(cluster: Cluster) -> str:
    """Write the source prod/tls while nobody looks; return its version."""
    made = cluster.workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_DEV)
    return str(made["metadata"]["resourceVersion"])


def leave(
    cluster: Cluster, path: str, source: str, version: str, at: str, **fields: object
) -> None:
    """Write a mirror as Reflector does."""
    namespace, name = path.split("/")
    annotations = left_by_reflector(
        source, version, at, automatic=bool(fields.get("automatic", True))
    )
    data = {"key": str(fields.get("value", "one"))}
    cluster.workbench.secret(namespace, name, data, annotations=annotations)


def test_a_cluster_that_reflector_left_is_taken_over_by_one_resync(
    cluster: Cluster, written_at: str
) -> None:
    version = make_source(cluster)
    leave(cluster, "dev/tls", "prod/tls", version, written_at)
    leave(cluster, "stage/tls", "prod/gone", "7", written_at)
    leave(cluster, "stage/orphan", "prod/orphan", "7", written_at)
    leave(cluster, "stage/copy", "prod/tls", version, written_at, automatic=False)
    cluster.workbench.secret("default", "tls-of-users", {"own": "stays"})

    cluster.resync()

    assert cluster.data("dev/tls") == {"key": "one"}
    assert cluster.metadata("dev/tls")["labels"]["kn-mirror.dev/role"] == "mirror"
    assert cluster.data("stage/orphan") is None
    assert cluster.data("stage/copy") == {"key": "one"}
    assert cluster.data("default/tls-of-users") == {"own": "stays"}
    cluster.workbench.delete("Secret", "default", "tls-of-users")


def test_a_mirror_that_is_right_is_taken_over_without_a_change_of_its_data(
    cluster: Cluster, written_at: str
) -> None:
    version = make_source(cluster)
    leave(cluster, "dev/tls", "prod/tls", version, written_at)

    cluster.handler.resync()

    owners = {
        each["manager"]: each["fieldsV1"] for each in cluster.metadata("dev/tls")["managedFields"]
    }
    assert "f:data" not in owners["kn-mirror"]


def test_a_stale_mirror_is_brought_in_line(cluster: Cluster, written_at: str) -> None:
    make_source(cluster)
    leave(cluster, "dev/tls", "prod/tls", "1", written_at, value="older")

    cluster.resync()

    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_stale_pull_mirror_is_brought_in_line(cluster: Cluster, written_at: str) -> None:
    make_source(cluster)
    leave(cluster, "dev/copy", "prod/tls", "1", written_at, value="older", automatic=False)

    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_second_resync_writes_nothing(cluster: Cluster, written_at: str) -> None:
    version = make_source(cluster)
    leave(cluster, "dev/tls", "prod/tls", version, written_at)
    leave(cluster, "dev/copy", "prod/tls", version, written_at, automatic=False)
    cluster.resync()
    before = [cluster.metadata(path)["resourceVersion"] for path in ("dev/tls", "dev/copy")]

    cluster.resync()

    after = [cluster.metadata(path)["resourceVersion"] for path in ("dev/tls", "dev/copy")]
    assert after == before


def test_what_is_left_behind_is_what_reflector_reads_as_its_own(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.write("stage/copy", {}, reflects("prod/tls"))

    version = cluster.metadata("prod/tls")["resourceVersion"]
    for path, automatic in (("dev/tls", "True"), ("stage/copy", "False")):
        kept = cluster.metadata(path)["annotations"]
        assert kept[f"{PREFIX}reflects"] == "prod/tls"
        assert kept[f"{PREFIX}auto-reflects"] == automatic
        assert kept[f"{PREFIX}reflected-version"] == version
        assert "T" in kept[f"{PREFIX}reflected-at"]


def test_a_pull_mirror_as_people_write_it_is_reflectors_and_ours(cluster: Cluster) -> None:
    cluster.workbench.secret("prod", "tls", {"key": "one"}, annotations=ALLOWED)
    cluster.workbench.secret("dev", "copy", {}, annotations=reflects("prod/tls"))

    cluster.resync()

    assert cluster.data("dev/copy") == {"key": "one"}
