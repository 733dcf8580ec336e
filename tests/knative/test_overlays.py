"""The overlays as they are installed: by kubectl, on an API server that knows Knative's kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clusters import Workbench
from tests.knative.manifests import OVERLAYS, folder_of, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

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
