"""Deployments of adapters, as Knative's controller writes them for ApiServerSources.

As in Knative Eventing's pkg/reconciler/apiserversource/resources/receive_adapter.go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABELS: Final = {"eventing.knative.dev/source": "apiserver-source-controller"}
CONFIG: Final = "K_SOURCE_CONFIG"

# Some 5,400 of them are more than Linux starts a process with.
MANY_NAMESPACES: Final = [f"namespace-of-team-{number:05}" for number in range(12_000)]

_PLURALS: Final = {
    "Secret": "secrets", "ConfigMap": "configmaps", "Namespace": "namespaces", "Pod": "pods",
}  # fmt: skip
_FAIL_FAST: Final = "features.knative.dev/apiserversource-skip-permissions-check"


def deployments_in(namespace: str) -> str:
    """Return the path of a namespace's Deployments."""
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


def deployment(
    source: Mapping[str, Any], namespaces: Sequence[str], *, sink: str
) -> dict[str, Any]:
    """Describe the adapter of a source.

    Args:
        source: an ApiServerSource.
        namespaces: all that there are.
        sink: where events go.
    """
    metadata, spec = source["metadata"], source["spec"]
    labels = {**LABELS, "eventing.knative.dev/sourceName": metadata["name"]}
    container = {
        "name": "receive-adapter",
        "image": "knative.dev/eventing/cmd/apiserver_receive_adapter",
        "env": _environment(source, namespaces, sink),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod = {"serviceAccountName": spec["serviceAccountName"], "containers": [container]}
    return {
        "metadata": {"name": f"apiserversource-{metadata['name']}", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def environment_of(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return what a Deployment tells its adapter."""
    [container] = stored["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def _environment(
    source: Mapping[str, Any], namespaces: Sequence[str], sink: str
) -> list[dict[str, Any]]:
    metadata, spec = source["metadata"], source["spec"]
    variables: dict[str, Any] = {
        "K_SINK": sink,
        CONFIG: _config(source, namespaces),
        "SYSTEM_NAMESPACE": "knative-eventing",
        "NAMESPACE": metadata["namespace"],
        "NAME": metadata["name"],
        "METRICS_DOMAIN": "knative.dev/eventing",
    }
    if overrides := spec.get("ceOverrides"):
        variables["K_CE_OVERRIDES"] = _as_go_writes_it(overrides)
    return [{"name": name, "value": value} for name, value in variables.items()]


def _config(source: Mapping[str, Any], namespaces: Sequence[str]) -> str:
    metadata, spec = source["metadata"], source["spec"]
    everywhere = spec.get("namespaceSelector") == {}
    fail_fast = metadata.get("annotations", {}).get(_FAIL_FAST) == "true"
    config = {
        "namespaces": sorted(namespaces) if everywhere else [metadata["namespace"]],
        "allNamespaces": everywhere,
        "resources": [_watched(resource) for resource in spec["resources"]],
        "mode": spec["mode"],
        **({"failFast": True} if fail_fast else {}),
    }
    return _as_go_writes_it(config)


def _watched(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as Kubernetes' own LabelSelectorAsSelector writes its selector."""
    selector = resource.get("selector", {})
    terms = [f"{key}={value}" for key, value in selector.get("matchLabels", {}).items()]
    for each in selector.get("matchExpressions", ()):
        assert each["operator"] == "In", "no other operator is written here yet"
        terms.append(f"{each['key']} in ({','.join(each['values'])})")
    kind = {"Group": "", "Version": "v1", "Resource": _PLURALS[resource["kind"]]}
    return {"gvr": kind} | ({"selector": ",".join(terms)} if terms else {})


def _as_go_writes_it(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
