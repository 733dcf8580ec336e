"""Knative's kinds, as its own modules define them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.knative.manifests import OVERLAYS, rendered
from tests.lab.dataplane.definitions import definitions

if TYPE_CHECKING:
    from tests.lab.controlplane import ControlPlane

pytestmark = pytest.mark.controlplane


def test_every_kind_of_knative_in_the_manifests_is_defined_by_knative() -> None:
    defined = {
        f"{each['spec']['group']}/{version['name']} {each['spec']['names']['kind']}"
        for each in definitions()
        for version in each["spec"]["versions"]
    }
    used = {
        f"{each['apiVersion']} {each['kind']}"
        for overlay in OVERLAYS
        for each in rendered(overlay)
        if "knative.dev/" in each["apiVersion"]
    }

    assert used
    assert used <= defined


def test_no_webhook_of_knative_is_asked_where_none_runs(knative_plane: ControlPlane) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    served = knative_plane.api().request("GET", path).body["items"]

    assert {each["metadata"]["name"] for each in served} >= {
        each["metadata"]["name"] for each in definitions()
    }
    assert {each["spec"]["conversion"]["strategy"] for each in served} == {"None"}
