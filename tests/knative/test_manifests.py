"""The manifests: what holds for every object of every overlay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controlplane.accounts import RIGHTS_OF_FUNCTIONS
from tests.knative.manifests import OVERLAYS, rendered

FUNCTIONS = {"on-secret-update", "on-namespace-create", "on-delete-cleanup", "on-resync"}


def of_kind(overlay: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in rendered(overlay) if each["kind"] == kind]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_labelled_as_part_of_kn_mirror(overlay: str) -> None:
    parts = {each["metadata"].get("labels", {}).get("app.kubernetes.io/part-of")
             for each in rendered(overlay) if "Policy" not in each["kind"]}  # fmt: skip

    assert parts == {"kn-mirror"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_event_ever_carries_an_object(overlay: str) -> None:
    assert {each["spec"]["mode"] for each in of_kind(overlay, "ApiServerSource")} == {"Reference"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_namespaces_are_watched_by_a_source_that_namespaces_do_not_restart(overlay: str) -> None:
    [source] = [
        each
        for each in of_kind(overlay, "ApiServerSource")
        if any(resource["kind"] == "Namespace" for resource in each["spec"]["resources"])
    ]

    assert "namespaceSelector" not in source["spec"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_trigger_says_all_of_its_delivery(overlay: str) -> None:
    """What a Trigger does not say of it the Broker's own delivery does not fill in."""
    for trigger in of_kind(overlay, "Trigger"):
        delivery = trigger["spec"]["delivery"]
        assert delivery.keys() == {
            "retry", "backoffPolicy", "backoffDelay", "timeout", "deadLetterSink",
        }  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_is_woken_by_some_trigger_or_tick(overlay: str) -> None:
    woken = {each["spec"]["subscriber"]["ref"]["name"] for each in of_kind(overlay, "Trigger")} | {
        each["spec"]["sink"]["ref"]["name"] for each in of_kind(overlay, "PingSource")
    }

    assert woken == {each["metadata"]["name"] for each in of_kind(overlay, "Service")} == FUNCTIONS


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_is_at_zero_private_and_restricted(overlay: str) -> None:
    for service in of_kind(overlay, "Service"):
        template = service["spec"]["template"]
        [container] = template["spec"]["containers"]
        visibility = service["metadata"]["labels"]["networking.knative.dev/visibility"]
        assert visibility == "cluster-local"
        assert template["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] == "0"
        assert template["spec"]["serviceAccountName"] == service["metadata"]["name"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_right_is_a_wildcard(overlay: str) -> None:
    for role in [*of_kind(overlay, "ClusterRole"), *of_kind(overlay, "Role")]:
        for rule in role["rules"]:
            assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_functions_have_the_rights_that_the_tests_give_them(overlay: str) -> None:
    [role] = [
        each
        for each in of_kind(overlay, "ClusterRole")
        if each["metadata"]["name"] == "kn-mirror-functions"
    ]

    assert role["rules"] == RIGHTS_OF_FUNCTIONS[0][1]["rules"]


def test_only_labelled_objects_are_watched_where_the_api_server_labels_them() -> None:
    for source in of_kind("default", "ApiServerSource"):
        for resource in source["spec"]["resources"]:
            assert resource["kind"] == "Namespace" or "selector" in resource


def test_every_secret_is_watched_where_nobody_labels_them() -> None:
    watched = [
        resource
        for source in of_kind("drop-in", "ApiServerSource")
        for resource in source["spec"]["resources"]
    ]

    assert {"apiVersion": "v1", "kind": "Secret"} in watched
    assert {"apiVersion": "v1", "kind": "ConfigMap"} in watched
