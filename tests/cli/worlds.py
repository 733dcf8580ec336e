"""Worlds: what an API server says of Knative and of kn-mirror in it, where neither is there."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from kubectl_mirror.access import clusters
from mirroring.cluster.transports import HttpTransport
from mirroring.names import LEASE, LOOKED_AT
from tests.knative.manifests import rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pytest

NAMESPACE: Final = "kn-mirror"
BROKER: Final = "http://broker-ingress.knative-eventing.svc.cluster.local/kn-mirror/kn-mirror"
# By kind: its group and version, and what its collection is called.
_PLACES: Final = {
    "Service": ("serving.knative.dev/v1", "services"),
    "Broker": ("eventing.knative.dev/v1", "brokers"),
    "Trigger": ("eventing.knative.dev/v1", "triggers"),
    "ApiServerSource": ("sources.knative.dev/v1", "apiserversources"),
    "PingSource": ("sources.knative.dev/v1", "pingsources"),
    "Deployment": ("apps/v1", "deployments"),
    "Lease": ("coordination.k8s.io/v1", "leases"),
    **{
        kind: ("rbac.authorization.k8s.io/v1", f"{kind.lower()}s")
        for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    },
    **{
        kind: ("admissionregistration.k8s.io/v1", plural)
        for each in ("Validating", "Mutating")
        for kind, plural in (
            (f"{each}AdmissionPolicy", f"{each.lower()}admissionpolicies"),
            (f"{each}AdmissionPolicyBinding", f"{each.lower()}admissionpolicybindings"),
        )
    },
}
_KNATIVE: Final = ("Service", "Broker", "Trigger", "ApiServerSource", "PingSource")
_DEPLOYMENTS: Final = {
    "knative-serving": ("controller", "activator"),
    "knative-eventing": (
        *("eventing-controller", "mt-broker-controller", "mt-broker-ingress", "mt-broker-filter"),
        *("imc-controller", "imc-dispatcher"),
    ),
}


class Sent(NamedTuple):
    """What was sent to a Broker."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class World:
    """What is there, and who may see it.

    Args:
        objects: of kinds that a sandbox does not know.
        served: kinds that are.
        settings: of Knative Serving, by ConfigMap.
        version: the API server's.
        hidden: paths that whoever asks may not read.
        sent: what Brokers were sent.
        answer: the status with which these answer.
        on_sent: is told of each.
    """

    objects: list[dict[str, Any]]
    served: set[str]
    settings: dict[str, dict[str, str]]
    version: str = "v1.36.3"
    hidden: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    answer: int = 202
    on_sent: Callable[[Sent], object] = lambda _: None

    def of(self, kind: str, name: str = "") -> dict[str, Any]:
        """Return an object, the first of its kind where none is named."""
        return next(
            each
            for each in self.objects
            if each["kind"] == kind and name in {"", each["metadata"]["name"]}
        )

    def remove(self, kind: str, name: str = "") -> None:
        """Take one away."""
        self.objects.remove(self.of(kind, name))

    def said(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Any] | None:
        """Answer a request; None for what a sandbox, or a real API server, answers."""
        if any(path.startswith(each) for each in self.hidden):
            return 403, {"reason": "Forbidden", "message": f"no right to {path}"}
        if method == "POST" and "/proxy/" in path:
            self.sent.append(Sent(path, headers, json.loads(body or b"null")))
            self.on_sent(self.sent[-1])
            return self.answer, {}
        if path == "/version":
            return 200, {"gitVersion": self.version}
        name = path.rpartition("/configmaps/")[2]
        if path.startswith("/api/v1/namespaces/knative-serving/configmaps/"):
            return (200, {"data": self.settings[name]}) if name in self.settings else (404, {})
        return self._looked_up(path, query)

    def _looked_up(self, path: str, query: str) -> tuple[int, Any] | None:
        _, prefix, *parts = path.split("/")
        group = "/".join(parts[:2])
        kinds = {plural: kind for kind, (its, plural) in _PLACES.items() if its == group}
        if prefix != "apis" or not kinds or path.endswith("/kn-mirror-ends"):
            return None
        served = {plural: kind for plural, kind in kinds.items() if kind in self.served}
        if len(parts) == 2:
            resources = [{"name": each} for each in served]
            return (200, {"resources": resources}) if served else (404, {})
        namespace = parts[3] if parts[2] == "namespaces" else ""
        plural, *names = parts[4:] if namespace else parts[2:]
        if plural not in served:
            return 404, {}
        if plural == "leases" and not any(each["kind"] == "Lease" for each in self.objects):
            return None
        found = [
            each
            for each in self.objects
            if each["kind"] == served[plural]
            and namespace in {"", each["metadata"].get("namespace")}
            and _is_selected(each, query)
        ]
        if not names:
            return 200, {"items": found}
        named = [each for each in found if each["metadata"]["name"] == names[0]]
        return (200, named[0]) if named else (404, {})


def well(overlay: str = "default") -> World:
    """Return a world in which kn-mirror is well."""
    manifests = deepcopy([*rendered(overlay)])
    objects = [_ready(each) for each in manifests if each["kind"] in _PLACES]
    objects = [each for each in objects if each["kind"] != "Lease"]
    objects += [deployment(where, name) for where, of in _DEPLOYMENTS.items() for name in of]
    objects += [adapter('{"namespaces":[],"allNamespaces":true}'), lease(datetime.now(UTC))]
    settings = {"config-network": {"mesh-compatibility-mode": "disabled"}, "config-deployment": {}}
    return World(objects, {*_PLACES}, settings)


def lease(renewed: datetime, **annotations: str) -> dict[str, Any]:
    """Return the Lease that on-resync leaves."""
    at = renewed.isoformat()
    return {
        "kind": "Lease",
        "metadata": {
            "name": LEASE,
            "namespace": NAMESPACE,
            "resourceVersion": "1",
            "annotations": {LOOKED_AT: at, **annotations},
        },
        "spec": {"renewTime": at},
    }


def adapter(config: str) -> dict[str, Any]:
    """Return the Deployment of an ApiServerSource's adapter."""
    found = deployment(NAMESPACE, "apiserversource-mirrors")
    found["metadata"]["labels"] = {"eventing.knative.dev/source": "apiserver-source-controller"}
    variables = [{"name": "K_SOURCE_CONFIG", "value": config}]
    found["spec"]["template"]["spec"]["containers"][0]["env"] = variables
    return found


def deployment(namespace: str, name: str, image: str = "any") -> dict[str, Any]:
    """Return a Deployment of which a pod is ready."""
    containers = [{"name": "any", "image": image}]
    return {
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/version": "1.23.0"},
        },
        "spec": {"replicas": 1, "template": {"spec": {"containers": containers}}},
        "status": {"availableReplicas": 1},
    }


def unready(found: dict[str, Any], reason: str, message: str) -> None:
    """Have an object's controller say that it is not ready."""
    failed = {"type": "Ready", "status": "False", "reason": reason, "message": message}
    found["status"]["conditions"] = [failed]


def in_front(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands find a world in front of the API server."""

    class Fronted(HttpTransport):
        def request(
            self,
            method: str,
            path: str,
            *,
            query: Sequence[tuple[str, str]] = (),
            headers: Mapping[str, str],
            body: bytes | None = None,
            most: int = 0,
        ) -> tuple[int, bytes]:
            said = world.said(method, path, urlencode(query), headers, body)
            if said:
                return said[0], json.dumps(said[1]).encode()
            return super().request(method, path, query=query, headers=headers, body=body, most=most)

    monkeypatch.setattr(clusters, "HttpTransport", Fronted)


def _ready(found: dict[str, Any]) -> dict[str, Any]:
    if found["kind"] in _KNATIVE:
        found["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    if found["kind"] == "Broker":
        found["status"]["address"] = {"url": BROKER}
    return found


def _is_selected(found: dict[str, Any], query: str) -> bool:
    kind, _, wanted = query.replace("%2F", "/").replace("%3D", "=").partition("=")
    name, _, value = wanted.partition("=")
    labels = found["metadata"].get("labels") or {}
    if kind == "labelSelector":
        return bool(labels.get(name) == value)
    return kind != "fieldSelector" or bool(found["metadata"]["name"] == value)
