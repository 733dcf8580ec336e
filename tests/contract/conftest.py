"""What every test of the contract begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

SECRETS = "/api/v1/namespaces/dev/secrets"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def api(workbench: Workbench) -> Api:
    """The API server, with a namespace `dev` in it."""
    workbench.namespace("dev")
    return workbench.api


@pytest.fixture
def late_collection(request: pytest.FixtureRequest, workbench: Workbench) -> Iterator[str]:
    """The path of objects whose versions the server knows from after version 1 only.

    A real server knows the versions of a custom resource from when it was defined.
    """
    if "sandbox" in request.node.callspec.id:
        yield SECRETS
        return
    group = "contract.example.com"
    schema = {"openAPIV3Schema": {"type": "object"}}
    spec = {
        "group": group,
        "scope": "Cluster",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    body = {"metadata": {"name": f"things.{group}"}, "spec": spec}
    # The one of an earlier test takes a moment to go.
    eventually(lambda: workbench.api.request("POST", DEFINITIONS, body).status == 201)
    path = f"/apis/{group}/v1/things"
    eventually(lambda: workbench.api.request("GET", path).status == 200)
    yield path
    workbench.api.request("DELETE", f"{DEFINITIONS}/things.{group}")
