"""Overlay `hardened`: what a cluster stands on takes mirrors only by its own word."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from tests.knative.installations import NAMESPACE
from tests.knative.test_guard_mirrors import ACCEPT, create, mirror
from tests.lab.api import MERGE_PATCH
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

RESERVED: Final = ("kube-system", "kube-public", "kube-node-lease", NAMESPACE)


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@contextmanager
def accepted(workbench: Workbench, compromised: Api, namespace: str) -> Iterator[None]:
    """Have a namespace accept prod/tls for a while."""
    place = f"Secret/{namespace}/any"
    workbench.annotate("Namespace", "", namespace, {ACCEPT: "prod/tls"})
    eventually(lambda: create(compromised, place))
    yield
    workbench.annotate("Namespace", "", namespace, {ACCEPT: None})
    eventually(lambda: not create(compromised, place))


@pytest.mark.parametrize("namespace", RESERVED)
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_they_take_none_unasked(compromised: Api, namespace: str, kind: str) -> None:
    """F10: what is there is read by what the cluster is made of."""
    answer = create(compromised, f"{kind}/{namespace}/tls")

    assert answer.status == 403
    assert f"namespace {namespace} does not accept mirrors of prod/tls" in answer.body["message"]


@pytest.mark.parametrize("namespace", RESERVED)
def test_they_take_those_of_sources_that_they_accept(
    workbench: Workbench, compromised: Api, namespace: str
) -> None:
    with accepted(workbench, compromised, namespace):
        assert create(compromised, f"Secret/{namespace}/tls").status == 201
        assert create(compromised, f"Secret/{namespace}/tls", source="dev/tls").status == 403


def test_a_mirror_that_was_there_before_is_renewed(workbench: Workbench, compromised: Api) -> None:
    """Never worse than before: an old certificate is not a safer one."""
    secrets = "/api/v1/namespaces/kube-public/secrets"
    with accepted(workbench, compromised, "kube-public"):
        compromised.request("POST", secrets, mirror("Secret/kube-public/tls"))

    change = {"data": {"key": "dHdv"}}
    place = f"{secrets}/tls?fieldManager=kn-mirror"
    renewed = compromised.request("PATCH", place, change, content_type=MERGE_PATCH)
    compromised.request("DELETE", f"{secrets}/tls")

    assert renewed.status == 200


@pytest.mark.parametrize("namespace", ["default", "dev"])
def test_others_take_any(workbench: Workbench, compromised: Api, namespace: str) -> None:
    workbench.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": "dev"}})

    assert create(compromised, f"Secret/{namespace}/tls").status == 201
