"""The overlays as they are installed: by kubectl, on an API server that knows Knative's kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.knative.checkouts import Checkout
from tests.knative.documents import commands_of
from tests.knative.manifests import OVERLAYS, folder_of, rendered
from tests.lab.clusters import Workbench
from tests.lab.waiting import eventually
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.api import Api
    from tests.lab.controlplane import ControlPlane
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane


@pytest.fixture(autouse=True)
def swept(knative_plane: ControlPlane) -> Iterator[None]:
    """Leave nothing for the next test where this one ends too early."""
    yield
    Workbench(knative_plane.api()).clear(elsewhere=MIRRORS)


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
    assert set(checked) == {
        "kn-mirror-guard", "kn-mirror-guard-mirrors", "kn-mirror-guard-events",
        "kn-mirror-guard-heirs",
        "kn-mirror-gate", "kn-mirror-gate-ingresses", "kn-mirror-protect",
    }  # fmt: skip
    assert all(warnings == [] for warnings in checked.values())


def type_checked(api: Api) -> dict[str, list[object]]:
    """Return the warnings about each policy, or nothing while one was not checked yet."""
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    found = {each["metadata"]["name"]: each.get("status", {}).get("typeChecking")
             for each in api.request("GET", path).body["items"]}  # fmt: skip
    if None in found.values():
        return {}
    return {name: status.get("expressionWarnings", []) for name, status in found.items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_release_is_the_overlay_in_one_file(
    kubectl: Kubectl, tmp_path: Path, overlay: str
) -> None:
    checkout = Checkout.made(tmp_path / "checkout")
    pushed = checkout.make("push", "release", f"OVERLAY={overlay}", "IMAGE=registry.example/us:1")
    assert pushed.returncode == 0

    kubectl("apply", "-k", str(checkout.folder / "knative" / "overlays" / overlay))
    differences = kubectl("diff", "-f", str(checkout.release))
    kubectl("delete", "--wait=false", "-f", str(checkout.release))

    assert differences == ""


@pytest.fixture
def mirrored(knative_plane: ControlPlane) -> Workbench:
    """What a cluster has of kn-mirror's work: a source, a mirror and a pull mirror."""
    bench = Workbench(knative_plane.api())
    for name in ("prod", "dev", "stage"):
        bench.namespace(name)
    roles = {"prod": "source", "dev": "mirror", "stage": "pull-mirror"}
    for namespace, role in roles.items():
        bench.secret(namespace, "tls", {"key": "one"}, labels={"kn-mirror.dev/role": role})
    return bench


def test_uninstalling_leaves_the_mirrors(mirrored: Workbench, kubectl: Kubectl) -> None:
    kubectl("apply", "-k", folder_of("default"))

    for command in commands_of("Uninstall"):
        kubectl(*command)

    assert mirrored.names("Secret") == ["dev/tls", "prod/tls", "stage/tls"]
    assert mirrored.get("Namespace", "", "kn-mirror") is None


def test_what_was_left_can_be_taken_away_and_nothing_else(
    mirrored: Workbench, kubectl: Kubectl
) -> None:
    for command in commands_of("Remove what it made"):
        kubectl(*command)

    assert mirrored.names("Secret") == ["prod/tls", "stage/tls"]
    assert mirrored.names("Secret", labelSelector="kn-mirror.dev/role") == []
