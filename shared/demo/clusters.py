"""What the people of the story do to a cluster."""

from __future__ import annotations

import json
from base64 import b64encode
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from mirroring.cluster.kubeconfigs import from_kubeconfig
from mirroring.cluster.transports import HttpTransport
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAMESPACES: Final = "/api/v1/namespaces"
# Whoever writes as kn-mirror would not be seen to have edited a mirror.
_MANAGER: Final = "demo"


class RefusedError(Exception):
    """The cluster did not do what the story asks for."""


class Stage:
    """The cluster that the story is played on.

    Every method may raise `RefusedError`, or `mirroring.errors.Unavailable`.

    Args:
        kubeconfig: says which cluster, and as whom.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self._transport = HttpTransport(from_kubeconfig(kubeconfig), Settings())

    def namespaces(self) -> list[str]:
        """Name every namespace, those too that are being deleted."""
        return [each["metadata"]["name"] for each in self._request("GET", _NAMESPACES)["items"]]

    def create_namespace(self, name: str) -> None:
        """Make a namespace."""
        self._request("POST", _NAMESPACES, {"metadata": {"name": name}})

    def delete_namespace(self, name: str) -> None:
        """Begin to delete a namespace with all that is in it."""
        self._request("DELETE", f"{_NAMESPACES}/{name}")

    def secrets(self, name: str) -> dict[str, dict[str, Any]]:
        """Return every Secret of a name, by namespace."""
        found = self._request("GET", f"/api/v1/secrets?fieldSelector=metadata.name={name}")
        return {each["metadata"]["namespace"]: each for each in found["items"]}

    def create_secret(
        self, namespace: str, metadata: Mapping[str, Any], data: Mapping[str, bytes], type_: str
    ) -> None:
        """Make a Secret."""
        body = {"metadata": metadata, "type": type_, "data": encoded(data)}
        self._request("POST", f"{_NAMESPACES}/{namespace}/secrets", body)

    def change_secret(self, namespace: str, name: str, change: Mapping[str, Any]) -> None:
        """Change a Secret by a merge patch."""
        self._request("PATCH", f"{_NAMESPACES}/{namespace}/secrets/{name}", change)

    def delete_secret(self, namespace: str, name: str) -> None:
        """Delete a Secret."""
        self._request("DELETE", f"{_NAMESPACES}/{namespace}/secrets/{name}")

    def _request(self, method: str, path: str, body: object = None) -> Any:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        path, _, options = path.partition("?")
        status, answer = self._transport.request(
            method,
            path,
            query=[("fieldManager", _MANAGER)] if body else [_option(options)] if options else [],
            headers={"Accept": "application/json", "Content-Type": kind},
            body=json.dumps(body).encode() if body else None,
        )
        if status >= HTTPStatus.BAD_REQUEST:
            message = json.loads(answer).get("message", f"HTTP {status}")
            raise RefusedError(f"The cluster refuses {method} {path}: {message}")
        return json.loads(answer)


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def encoded(data: Mapping[str, bytes]) -> dict[str, str]:
    """Write values as a Secret holds them."""
    return {key: b64encode(value).decode() for key, value in data.items()}
