"""Policies of a real API server that do what `admissions` does in the sandbox."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.actors.admissions import Alteration
from tests.lab.clusters import path_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.lab.api import Api

_GROUP: Final = "/apis/admissionregistration.k8s.io/v1"
_REFUSING: Final = "actors-refuse"
_WRITTEN: Final = [
    {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["secrets", "configmaps"],
    }
]
_OURS: Final = "object.metadata.?labels.orValue({}).filter(name, name.startsWith('kn-mirror.dev/'))"
_EXPRESSIONS: Final = {
    Alteration.ADDS_KEY: (
        "[JSONPatch{op: 'add', path: has(object.data) ? '/data/injected' : '/data',"
        " value: has(object.data) ? dyn('eA==') : dyn({'injected': 'eA=='})}]"
    ),
    Alteration.REWRITES_VALUE: (
        "object.?data.orValue({}).map(key, JSONPatch{op: 'add', path: '/data/' + "
        "jsonpatch.escapeKey(key), value: 'cmV3cml0dGVu'})"
    ),
    Alteration.ADDS_LABEL: (
        "[JSONPatch{op: 'add', path: has(object.metadata.labels) ? "
        "'/metadata/labels/cost-center' : '/metadata/labels', value: "
        "has(object.metadata.labels) ? dyn('42') : dyn({'cost-center': '42'})}]"
    ),
    Alteration.ADDS_ANNOTATION: (
        "[JSONPatch{op: 'add', path: has(object.metadata.annotations) ? "
        "'/metadata/annotations/seen' : '/metadata/annotations', value: "
        "has(object.metadata.annotations) ? dyn('yes') : dyn({'seen': 'yes'})}]"
    ),
    Alteration.TAKES_LABELS: (
        f"{_OURS}.map(name, JSONPatch{{op: 'remove', path: '/metadata/labels/' + "
        "jsonpatch.escapeKey(name)})"
    ),
}


def alter(api: Api, namespace: str, alteration: Alteration) -> None:
    """Have a policy alter what is written in a namespace, and wait until it does."""
    name = f"actors-{alteration.name.lower().replace('_', '-')}-{namespace}"
    mutation = {"patchType": "JSONPatch", "jsonPatch": {"expression": _EXPRESSIONS[alteration]}}
    spec = {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConstraints": _constraints([namespace], _WRITTEN),
        "mutations": [mutation],
    }
    _install(api, "mutatingadmissionpolicies", name, spec, {})
    eventually(lambda: _is_altered(api, namespace), within=30)


def _is_altered(api: Api, namespace: str) -> bool:
    """Whether what is created in a namespace is other than what is sent."""
    labels = {"kn-mirror.dev/probe": "yes"}
    sent = {"metadata": {"name": "probe", "labels": labels}, "data": {"key": "eA=="}}
    answer = api.request("POST", f"{path_of('Secret', namespace)}?dryRun=All", sent)
    made = answer.body
    return bool(answer) and (
        made["metadata"].get("labels") != labels
        or "annotations" in made["metadata"]
        or made["data"] != sent["data"]
    )


def refuse_creates(api: Api, namespaces: Collection[str]) -> None:
    """Have a policy refuse that anything is created in these namespaces, and in no others."""
    _remove(api, "validatingadmissionpolicies", _REFUSING)
    if namespaces:
        rules = [{**_WRITTEN[0], "operations": ["CREATE"]}]
        spec = {
            "failurePolicy": "Fail",
            "matchConstraints": _constraints(sorted(namespaces), rules),
            "validations": [{"expression": "false", "message": "exceeded quota"}],
        }
        actions = {"validationActions": ["Deny"]}
        _install(api, "validatingadmissionpolicies", _REFUSING, spec, actions)
    sent = {"metadata": {"name": "probe"}}
    for namespace in namespaces or ["app"]:
        path = f"{path_of('Secret', namespace)}?dryRun=All"
        eventually(partial(_is_so, api, path, sent, admitted=not namespaces), within=30)


def _is_so(api: Api, path: str, sent: object, *, admitted: bool) -> bool:
    return bool(api.request("POST", path, sent)) == admitted


def remove_policies(api: Api) -> None:
    """Take all of them away, and wait until they are in force no more."""
    for plural in ("mutatingadmissionpolicies", "validatingadmissionpolicies"):
        for found in api.request("GET", f"{_GROUP}/{plural}").body["items"]:
            if found["metadata"]["name"].startswith("actors-"):
                _remove(api, plural, found["metadata"]["name"])
    for found in api.request("GET", path_of("Namespace", "")).body["items"]:
        namespace = found["metadata"]["name"]
        eventually(partial(_is_free, api, namespace), within=30)


def _is_free(api: Api, namespace: str) -> bool:
    path = f"{path_of('Secret', namespace)}?dryRun=All"
    return _is_so(api, path, {"metadata": {"name": "probe"}}, admitted=True) and not _is_altered(
        api, namespace
    )


def _constraints(namespaces: list[str], rules: list[dict[str, Any]]) -> dict[str, Any]:
    named = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    return {"namespaceSelector": {"matchExpressions": [named]}, "resourceRules": rules}


def _install(
    api: Api, plural: str, name: str, spec: dict[str, Any], binding: dict[str, Any]
) -> None:
    metadata = {"metadata": {"name": name}}
    for path, body in (
        (plural, metadata | {"spec": spec}),
        (_bindings(plural), metadata | {"spec": {"policyName": name, **binding}}),
    ):
        answer = api.request("POST", f"{_GROUP}/{path}", body)
        if not answer and answer.status != 409:
            raise AssertionError(f"{name}: {answer.body}")


def _remove(api: Api, plural: str, name: str) -> None:
    for path in (_bindings(plural), plural):
        api.request("DELETE", f"{_GROUP}/{path}/{name}")


def _bindings(plural: str) -> str:
    return plural.replace("policies", "policybindings")
