"""The overlays as they are installed: by kubectl, on an API server that knows Knative's kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clusters import Workbench
from tests.knative.manifests import OVERLAYS, folder_of, rendered
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api import Api
    from tests.controlplane import ControlPlane
    from tests.knative.kubectl import Kubectl

pytestmark = pytest.mark.controlplane


@pytest.fixture(autouse=True)
def swept(knative_plane: ControlPlane) -> Iterator[None]:
    """Leave nothing for the next test where this one ends too early."""
    yield
    Workbench(knative_plane.api()).clear()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_applied_as_it_is_and_deleted_without_a_trace(
    kubectl: Kubectl, overlay: str
) -> None:
    """The API server refuses what a kind's schema does not know (`--validate=strict`)."""
    applied = kubectl("apply", "--validate=strict", "-k", folder_of(overlay)).splitlines()
    differences = kubectl("diff", "-k", folder_of(overlay))
    kubectl("delete", "-k", folder_of(overlay))
    left = kubectl("get", "--ignore-not-found", "--output=name", "-k", folder_of(overlay))

    assert len(applied) == len(rendered(overlay))
    assert {line.rpartition(" ")[2] for line in applied} == {"created"}
    assert differences == ""
    assert left == ""


def test_the_api_server_finds_nothing_wrong_with_an_expression_of_a_policy(
    kubectl: Kubectl, knative_plane: ControlPlane
) -> None:
    kubectl("apply", "-k", folder_of("hardened"))

    checked = eventually(lambda: type_checked(knative_plane.api()), within=60)

    kubectl("delete", "--wait=false", "-k", folder_of("hardened"))
    assert set(checked) == {"kn-mirror-guard", "kn-mirror-gate", "kn-mirror-protect"}
    assert all(warnings == [] for warnings in checked.values())


def type_checked(api: Api) -> dict[str, list[object]]:
    """Return the warnings about each policy, or nothing while one was not checked yet."""
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    found = {each["metadata"]["name"]: each.get("status", {}).get("typeChecking")
             for each in api.request("GET", path).body["items"]}  # fmt: skip
    if None in found.values():
        return {}
    return {name: status.get("expressionWarnings", []) for name, status in found.items()}
