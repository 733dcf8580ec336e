"""What the API server refuses, in one namespace or altogether, and what must not come of it."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.errors import Forbidden
from mirroring.reporting.reports import Action
from tests.e2e.conftest import handler_of
from tests.e2e.invariants import write
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

pytestmark = pytest.mark.controlplane

EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
TO_APPS = EVERYWHERE | {names.AUTO_NAMESPACES: "app-.*"}
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
POLICIES = f"{ADMISSION}/validatingadmissionpolicies"
BINDINGS = f"{ADMISSION}/validatingadmissionpolicybindings"
PASSWORD = 'correct "horse"\tbattery staple'


@pytest.fixture
def server(controlplane_server: Server) -> Server:
    """Only a real API server has accounts, quotas and admission policies."""
    return controlplane_server


@pytest.fixture
def apps(workbench: Workbench) -> list[str]:
    names = ["app-0", "app-1", "app-2"]
    for name in ("prod", *names):
        workbench.namespace(name)
    return names


def have_mirror(workbench: Workbench, namespaces: list[str]) -> list[bool]:
    return [workbench.get("Secret", name, "tls") is not None for name in namespaces]


def forbid_secrets(workbench: Workbench, namespace: str) -> None:
    """Let a quota admit no Secret to the namespace, and wait until it is in force."""
    path = f"/api/v1/namespaces/{namespace}/resourcequotas"
    spec = {"hard": {"count/secrets": "0"}}
    workbench.create(path, {"metadata": {"name": "none"}, "spec": spec})

    def in_force() -> Any:
        return workbench.api.request("GET", f"{path}/none").body.get("status", {}).get("hard")

    eventually(in_force)


def test_a_quota_in_one_namespace_stops_no_other(
    workbench: Workbench, handler: Handler, apps: list[str]
) -> None:
    """Invariant 6. Guards `except ApiError` in `Writer.carry_out`."""
    forbid_secrets(workbench, apps[1])
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS)

    report = handler.reconcile("prod", "tls")

    assert have_mirror(workbench, apps) == [True, False, True]
    (refused,) = [each for each in report.outcomes if each.action is Action.FAILED]
    assert "exceeded quota: none" in refused.because
    assert not report.must_retry
    events = workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
    assert [each["reason"] for each in events] == ["MirrorFailed"]
    assert f"create Secret {apps[1]}/tls" in events[0]["message"]
    assert "exceeded quota. " in events[0]["message"]


def test_a_cluster_that_cannot_be_read_loses_no_mirror(
    workbench: Workbench, handler: Handler, apps: list[str], control_plane: ControlPlane
) -> None:
    """Invariant 9. Guards `raise refusal` in `Cluster._page`; `test_cluster` has that of `_get`."""
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS)
    handler.reconcile("prod", "tls")
    blind = handler_of(control_plane.kubeconfig_for("outsider"))

    with pytest.raises(Forbidden):
        blind.reconcile("prod", "tls")
    with pytest.raises(Forbidden):
        blind.resync()

    assert have_mirror(workbench, apps) == [True, True, True]


# What a policy may make of a value: whole, cut, or escaped, as no message has more than one line.
QUOTES = {
    "whole": "string(object.data.key)",
    "cut": "string(object.data.key).substring(3, 30)",
    "escaped": "strings.quote(string(object.data.key))",
    "escaped and cut": "strings.quote(string(object.data.key)).substring(5, 30)",
}


@pytest.mark.parametrize("quote", QUOTES)
def test_a_policy_that_quotes_the_content_brings_no_byte_of_it_into_a_reason(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str, quote: str
) -> None:
    """Invariant 5, F19. Guards `redacted` in `refusals._quoted`."""
    write(workbench, "prod/tls", PASSWORD, kind, TO_APPS)

    with quoting(workbench, QUOTES[quote]):
        report = handler.reconcile("prod", "tls", kind)

    said = [each.because for each in report.outcomes if each.action is Action.FAILED]
    assert len(said) == len(apps)
    assert all("denied request: quoted: " in each and "…" in each for each in said)
    assert not any(each in "\n".join(said) for each in pieces(PASSWORD, kind))


def test_a_policy_that_quotes_what_is_replaced_is_named_and_not_quoted(
    workbench: Workbench, handler: Handler, apps: list[str], kind: str
) -> None:
    """F19: what a mirror held before is in no hand of kn-mirror's. Guards `is_quoted`."""
    write(workbench, "prod/tls", PASSWORD, kind, TO_APPS)
    handler.reconcile("prod", "tls", kind)
    field = "stringData" if kind == "Secret" else "data"
    workbench.patch(kind, "prod", "tls", {field: {"key": "something else"}})

    with quoting(workbench, "oldObject == null ? 'nothing' : string(oldObject.data.key)"):
        report = handler.reconcile("prod", "tls", kind)

    said = [each.because for each in report.outcomes if each.action is Action.FAILED]
    assert len(said) == len(apps)
    assert all("ValidatingAdmissionPolicy 'quotes' with binding 'quotes'" in each for each in said)
    assert not any(each in "\n".join(said) for each in pieces(PASSWORD, kind))


def pieces(value: str, kind: str) -> list[str]:
    """Return every twelve characters of a value, as the API server writes it."""
    written = base64.b64encode(value.encode()).decode() if kind == "Secret" else value
    return [written[at : at + 12] for at in range(len(written) - 11)]


@contextmanager
def quoting(workbench: Workbench, value: str) -> Iterator[None]:
    """Have an admission policy, in force, refuse every mirror and quote it."""
    written = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"]}
    refusal = {
        "expression": "request.namespace == 'prod' || !has(object.data.key)",
        "messageExpression": f"'quoted: ' + ({value})",
    }
    rules = [{**written, "resources": ["secrets", "configmaps"]}]
    policy = {"matchConstraints": {"resourceRules": rules}, "validations": [refusal]}
    binding = {"policyName": "quotes", "validationActions": ["Deny"]}
    workbench.create(POLICIES, {"metadata": {"name": "quotes"}, "spec": policy})
    workbench.create(BINDINGS, {"metadata": {"name": "quotes"}, "spec": binding})
    workbench.namespace("probe")
    eventually(lambda: is_refused(workbench))
    try:
        yield
    finally:
        workbench.api.request("DELETE", f"{BINDINGS}/quotes")
        workbench.api.request("DELETE", f"{POLICIES}/quotes")
        eventually(lambda: not is_refused(workbench))


def is_refused(workbench: Workbench) -> bool:
    """Whether the policy is in force, which it is some time after it was written."""
    body = {"metadata": {"generateName": "probe-"}, "data": {"key": ""}}
    return workbench.api.request("POST", "/api/v1/namespaces/probe/secrets", body).status == 422
