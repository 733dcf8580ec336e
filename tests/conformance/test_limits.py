"""What an operator keeps kn-mirror from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring.settings import Settings
from tests.conformance.clusters import ALLOWED, AUTO, Cluster, auto, reflects
from tests.e2e.conftest import handler_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.servers import Server

TO_DEV = auto(reflection_auto_namespaces="dev")


@pytest.fixture
def limited(workbench: Workbench, server: Server) -> Callable[..., Cluster]:
    """The cluster, with kn-mirror limited by environment variables."""

    def limited(**environment: str) -> Cluster:
        found = Cluster(workbench, handler_of(server.kubeconfig))
        found.handler.limits = Settings.from_environment(environment).limits
        found.namespaces("prod", "dev", "excluded-1")
        return found

    return limited


def test_sources_in_a_namespace_that_reflector_excludes_are_not_mirrored(
    limited: Callable[..., Cluster],
) -> None:
    cluster = limited(ES_Reflector__Watcher__ExcludedNamespaces="excluded-*")

    cluster.write("excluded-1/out", {"key": "one"}, TO_DEV)
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    cluster.resync()

    assert cluster.data("dev/out") is None
    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_namespace_that_reflector_excludes_is_still_a_target(
    limited: Callable[..., Cluster],
) -> None:
    cluster = limited(ES_Reflector__Watcher__ExcludedNamespaces="excluded-*")

    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="excluded-.*"))

    assert cluster.data("excluded-1/tls") == {"key": "one"}


def test_nothing_is_written_in_a_namespace_that_is_no_target(
    limited: Callable[..., Cluster],
) -> None:
    cluster = limited(KN_MIRROR_EXCLUDED_TARGET_NAMESPACES="kube-*,excluded-?")
    cluster.write("prod/tls", {"key": "one"}, AUTO)
    cluster.write("excluded-1/copy", {}, reflects("prod/tls"))

    cluster.label_namespace("excluded-1", any="label")
    cluster.resync()

    assert cluster.mirrored("tls", source="prod") == {"default", "dev"}
    assert cluster.data("excluded-1/copy") == {}


def test_only_the_namespaces_that_are_included_are_targets(
    limited: Callable[..., Cluster],
) -> None:
    cluster = limited(KN_MIRROR_TARGET_NAMESPACES="dev,prod")

    cluster.write("prod/tls", {"key": "one"}, AUTO)

    assert cluster.mirrored("tls", source="prod") == {"dev"}


def test_only_sources_in_the_namespaces_that_are_included_are_followed(
    limited: Callable[..., Cluster],
) -> None:
    cluster = limited(KN_MIRROR_SOURCE_NAMESPACES="prod")

    cluster.write("excluded-1/out", {"key": "one"}, TO_DEV)
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)

    assert cluster.data("dev/out") is None
    assert cluster.data("dev/tls") == {"key": "one"}


def test_a_kind_that_is_switched_off_is_left_alone(limited: Callable[..., Cluster]) -> None:
    cluster = limited(KN_MIRROR_KINDS="Secret")

    cluster.write_config_map("prod/ca", {"text": "one"}, {}, TO_DEV)
    cluster.resync()

    assert cluster.workbench.get("ConfigMap", "dev", "ca") is None


def test_mirrors_stay_when_a_limit_comes(limited: Callable[..., Cluster]) -> None:
    cluster = limited()
    cluster.write("prod/tls", {"key": "one"}, AUTO | ALLOWED)
    cluster.handler.limits = Settings.from_environment(
        {"KN_MIRROR_EXCLUDED_TARGET_NAMESPACES": "dev"}
    ).limits

    cluster.delete("prod/tls")
    cluster.resync()

    assert cluster.data("dev/tls") == {"key": "one"}
