"""What a test does to a cluster, in as few words as it takes to say it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.lab.api import JSON_PATCH, MERGE_PATCH, Answer, Api
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLURALS: Final = {"Secret": "secrets", "ConfigMap": "configmaps"}
_APPLY: Final = "application/apply-patch+yaml"

# What tests put into namespaces. It has to be deleted where a namespace goes at once.
_COLLECTIONS: Final = (
    "/api/v1/namespaces/{}/events",
    "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
    "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "/api/v1/namespaces/{}/secrets",
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/resourcequotas",
    "/api/v1/namespaces/{}/serviceaccounts",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
)
_BUILT_IN: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


class RefusedError(Exception):
    """The API server did not do what the test wanted done."""


class Workbench:
    """A cluster in the hands of a test, whichever API server it has.

    Objects are the API's own JSON, kinds are called by their names, and the namespace of a
    Namespace is the empty string. Methods raise `RefusedError` where a test cannot go on.
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def namespace(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Create a namespace."""
        self.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})

    def secret(
        self,
        namespace: str,
        name: str,
        data: Mapping[str, str | bytes],
        *,
        annotations: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Create a Secret, with other fields such as `type` or `immutable` if need be."""
        metadata = {"name": name, "annotations": annotations or {}, "labels": labels or {}}
        encoded = {key: encode(value) for key, value in data.items()}
        return self.create(
            path_of("Secret", namespace), {"metadata": metadata, "data": encoded, **fields}
        )

    def config_map(
        self,
        namespace: str,
        name: str,
        data: Mapping[str, str | bytes],
        *,
        annotations: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Create a ConfigMap; values that are bytes go into `binaryData`."""
        metadata = {"name": name, "annotations": annotations or {}, "labels": labels or {}}
        texts = {key: value for key, value in data.items() if isinstance(value, str)}
        binary = {key: encode(value) for key, value in data.items() if isinstance(value, bytes)}
        return self.create(
            path_of("ConfigMap", namespace),
            {"metadata": metadata, "data": texts, "binaryData": binary, **fields},
        )

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object of any kind in the collection at `path`; return it as it is stored."""
        return _body(self.api.request("POST", path, body))

    def get(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """Return an object, or None where there is none."""
        answer = self.api.request("GET", path_of(kind, namespace, name))
        return None if answer.status == 404 else _body(answer)

    def data(self, namespace: str, name: str, kind: str = "Secret") -> dict[str, bytes] | None:
        """Return what an object holds, decoded, or None where there is none."""
        found = self.get(kind, namespace, name)
        return None if found is None else data_of(found)

    def objects(self, kind: str, namespace: str = "", **query: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, of all namespaces unless one is named.

        Args:
            kind: `Secret`, `ConfigMap` or `Namespace`.
            namespace: the only one to look into.
            query: options of the API, as in `labelSelector="a=b"`.
        """
        path = f"{path_of(kind, namespace)}?{urlencode(query)}"
        listed = _body(self.api.request("GET", path))["items"] or ()
        # Items of a list do not say what kind they are.
        return [{**found, "kind": kind} for found in listed]

    def names(self, kind: str, **query: str) -> list[str]:
        """Return `namespace/name` of the same, sorted."""
        found = [listed["metadata"] for listed in self.objects(kind, **query)]
        return sorted(f"{metadata['namespace']}/{metadata['name']}" for metadata in found)

    def patch(self, kind: str, namespace: str, name: str, change: object) -> dict[str, Any]:
        """Change an object by a merge patch, or by a JSON patch when `change` is a list."""
        content_type = JSON_PATCH if isinstance(change, list) else MERGE_PATCH
        path = path_of(kind, namespace, name)
        return _body(self.api.request("PATCH", path, change, content_type=content_type))

    def apply(
        self, kind: str, namespace: str, name: str, body: Mapping[str, Any], *, manager: str
    ) -> dict[str, Any]:
        """Apply an object as `kubectl apply --server-side` does, which no sandbox knows."""
        metadata = {"name": name, **body.get("metadata", {})}
        applied = {"apiVersion": "v1", "kind": kind, **body, "metadata": metadata}
        path = f"{path_of(kind, namespace, name)}?fieldManager={manager}"
        return _body(self.api.request("PATCH", path, applied, content_type=_APPLY))

    def annotate(
        self, kind: str, namespace: str, name: str, annotations: Mapping[str, str | None]
    ) -> dict[str, Any]:
        """Set annotations of an object; None takes one away."""
        return self.patch(kind, namespace, name, {"metadata": {"annotations": annotations}})

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete an object that is there."""
        _body(self.api.request("DELETE", path_of(kind, namespace, name)))

    def delete_namespace(self, name: str, *, wait: bool = True) -> None:
        """Delete a namespace as its owner would; a control plane takes five seconds and more."""
        self.delete("Namespace", "", name)
        if wait:
            eventually(lambda: self.get("Namespace", "", name) is None, within=60)

    def clear(self, *, keep: tuple[str, ...] = (), elsewhere: str = "") -> None:
        """Take away every namespace that a fresh control plane has not.

        Args:
            keep: further namespaces that are not touched.
            elsewhere: labels of Secrets and ConfigMaps to take away in those that a fresh one has.
        """
        for found in self.objects("Namespace"):
            name = found["metadata"]["name"]
            if name in _BUILT_IN:
                self._remove(name, elsewhere)
            elif name not in keep:
                self.remove_namespace(name)

    def _remove(self, namespace: str, labels: str) -> None:
        query = urlencode({"labelSelector": labels})
        for kind in _PLURALS if labels else ():
            self.api.request("DELETE", f"{path_of(kind, namespace)}?{query}")

    def remove_namespace(self, name: str) -> None:
        """Remove a namespace with all that is in it, at once, so that its name is free.

        Kubernetes' controller lets five seconds pass before it begins; this does its work instead.
        The namespace is finalized before it is deleted: the controller might come upon it in
        between. One that is deleted already it may be emptying, which goes by the name: it would go
        on with the next test's namespace.
        """
        path = path_of("Namespace", "", name)
        for collection in _COLLECTIONS:
            self.api.request("DELETE", collection.format(name))
        released = {"metadata": {"finalizers": None}}
        self.api.request("PATCH", path, released, content_type=MERGE_PATCH)
        eventually(lambda: not self._may_be_emptied(name), within=60, pause=0.1)
        finalized = {"metadata": {"name": name}, "spec": {"finalizers": []}}
        self.api.request("PUT", f"{path}/finalize", finalized)
        # The first marks it, the second removes it.
        for _ in range(2):
            self.api.request("DELETE", path)

    def _may_be_emptied(self, name: str) -> bool:
        """Whether Kubernetes' controller may be emptying a namespace, or be about to.

        When it has, and something is left, it says so by conditions.
        """
        found = self.get("Namespace", "", name)
        if found is None or "deletionTimestamp" not in found["metadata"]:
            return False
        return not found.get("status", {}).get("conditions")


def path_of(kind: str, namespace: str, name: str = "") -> str:
    """Return the path of an object, or without a name that of its collection."""
    if kind == "Namespace":
        path = "/api/v1/namespaces"
    elif namespace:
        path = f"/api/v1/namespaces/{namespace}/{_PLURALS[kind]}"
    else:
        path = f"/api/v1/{_PLURALS[kind]}"
    return f"{path}/{name}" if name else path


def encode(value: str | bytes) -> str:
    """Write a value as Secrets and `binaryData` hold it."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def data_of(stored: Mapping[str, Any]) -> dict[str, bytes]:
    """Read what a Secret or ConfigMap holds."""
    texts = stored.get("data") or {} if stored["kind"] == "ConfigMap" else {}
    binary = stored.get("binaryData" if stored["kind"] == "ConfigMap" else "data") or {}
    decoded = {key: base64.b64decode(value) for key, value in binary.items()}
    return {key: value.encode() for key, value in texts.items()} | decoded


def _body(answer: Answer) -> dict[str, Any]:
    if not answer:
        raise RefusedError(f"{answer.status}: {answer.body}")
    return dict(answer.body)
