"""Admission policies of other people, in force on a real API server for the length of a test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.lab.api import JSON_PATCH
from tests.lab.clusters import path_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.lab.clusters import Workbench

_GROUP: Final = "/apis/admissionregistration.k8s.io/v1"
_NAME: Final = "theirs"
_PROBE: Final = "policy-probe"
_BOTH: Final = ("secrets", "configmaps")
_NAMESPACE: Final = "kubernetes.io/metadata.name"


@contextmanager
def denied(
    workbench: Workbench,
    namespaces: Sequence[str],
    *,
    operations: Sequence[str] = ("CREATE", "UPDATE", "DELETE"),
    reason: str = "Forbidden",
    saying: str = "'not here'",
) -> Iterator[None]:
    """Let no Secret or ConfigMap be written in some namespaces.

    Args:
        workbench: the cluster.
        namespaces: where.
        operations: what is denied.
        reason: the API's word for it.
        saying: what it says, in CEL, which may quote what it denies.
    """
    denial = {"expression": "false", "messageExpression": saying, "reason": reason}
    spec = {**_matching([*namespaces, _PROBE], operations), "validations": [denial]}
    with _in_force(workbench, "validating", spec, {"validationActions": ["Deny"]}, _is_denied):
        yield


@contextmanager
def altered(workbench: Workbench, namespace: str, expression: str) -> Iterator[None]:
    """Let whatever is written in a namespace be altered, by a JSON patch in CEL."""
    mutation = {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}
    spec = {
        **_matching([namespace, _PROBE], ("CREATE", "UPDATE")),
        "mutations": [mutation, _marking()],
        "reinvocationPolicy": "Never",
    }
    with _in_force(workbench, "mutating", spec, {}, _is_marked):
        yield


def _marking() -> dict[str, Any]:
    """Mark the probe, so that it shows that the policy is in force."""
    expression = (
        f"object.metadata.namespace == '{_PROBE}'"
        " ? [JSONPatch{op: 'add', path: '/metadata/labels', value: {'seen': 'true'}}] : []"
    )
    return {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}


def _matching(namespaces: Sequence[str], operations: Sequence[str]) -> dict[str, Any]:
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": [*operations],
        "resources": [*_BOTH],
    }
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"namespaceSelector": _of(namespaces), "resourceRules": [rule]},
    }


def _of(namespaces: Sequence[str]) -> dict[str, Any]:
    named = {"key": _NAMESPACE, "operator": "In", "values": [*namespaces]}
    return {"matchExpressions": [named]}


@contextmanager
def _in_force(
    workbench: Workbench,
    kind: str,
    spec: dict[str, Any],
    binding: dict[str, Any],
    is_in_force: Callable[[Workbench], bool],
) -> Iterator[None]:
    policies = f"{_GROUP}/{kind}admissionpolicies"
    bindings = f"{_GROUP}/{kind}admissionpolicybindings"
    workbench.namespace(_PROBE)
    workbench.secret(_PROBE, _PROBE, {})
    workbench.create(policies, {"metadata": {"name": _NAME}, "spec": spec})
    bound = {"policyName": _NAME, **binding}
    workbench.create(bindings, {"metadata": {"name": _NAME}, "spec": bound})
    try:
        eventually(lambda: is_in_force(workbench), within=60)
        yield
    finally:
        workbench.api.request("DELETE", f"{bindings}/{_NAME}")
        workbench.api.request("DELETE", f"{policies}/{_NAME}")
        eventually(lambda: not is_in_force(workbench), within=60)
        workbench.remove_namespace(_PROBE)


def _is_denied(workbench: Workbench) -> bool:
    path = f"{path_of('Secret', _PROBE)}?dryRun=All"
    answers = [
        workbench.api.request("POST", path, {"metadata": {"generateName": "probe-"}}),
        _probed(workbench),
    ]
    return any(not answer for answer in answers)


def _is_marked(workbench: Workbench) -> bool:
    return "seen" in (_probed(workbench).body["metadata"].get("labels") or {})


def _probed(workbench: Workbench) -> Any:
    change = [{"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}}]
    path = f"{path_of('Secret', _PROBE, _PROBE)}?dryRun=All"
    return workbench.api.request("PATCH", path, change, content_type=JSON_PATCH)
