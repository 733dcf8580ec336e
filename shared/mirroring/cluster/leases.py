"""The Leases in which one event leaves for others what they have to remember."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.errors import ApiError
from mirroring.names import MANAGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.protocols import Transport

_MERGE_PATCH: Final = "application/merge-patch+json"


class Lease(NamedTuple):
    """A Lease, as far as it is looked at.

    Args:
        namespace: where it is.
        name: its own.
        annotations: its own.
        resource_version: of the state that was read; empty when it is not there yet.
    """

    namespace: str
    name: str
    annotations: Mapping[str, str]
    resource_version: str = ""


class LeaseKeeper:
    """Reads and renews Leases."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, namespace: str, name: str) -> Lease:
        """Read a Lease that saves work; what cannot be read is as if it were not there."""
        with suppress(ApiError):
            return self.find(namespace, name)
        return Lease(namespace, name, {})

    def find(self, namespace: str, name: str) -> Lease:
        """Read a Lease, by which something is decided.

        Raises:
            ApiError: it cannot be known whether there is one.
        """
        path = _path(namespace, name)
        status, body = self._transport.request("GET", path, headers={"Accept": JSON})
        if status == HTTPStatus.OK:
            return _read(namespace, name, body)
        if status != HTTPStatus.NOT_FOUND:
            raise refusal(f"get {path}", status, body)
        return Lease(namespace, name, {})

    def renew(
        self, lease: Lease, annotations: Mapping[str, str], *, at: str, seconds: int
    ) -> ApiError | None:
        """Write what is to be remembered, unless somebody else has written it meanwhile.

        Args:
            lease: as it was read.
            annotations: those to set.
            at: the time of renewal, in RFC 3339 with microseconds.
            seconds: how long that is to hold.

        Returns:
            What kept it from being written, if anything did.
        """
        body: dict[str, Any] = {
            "metadata": {"name": lease.name, "annotations": dict(annotations)},
            "spec": {"holderIdentity": MANAGER, "renewTime": at, "leaseDurationSeconds": seconds},
        }
        try:
            if lease.resource_version:
                body["metadata"]["resourceVersion"] = lease.resource_version
                self._send("PATCH", _path(lease.namespace, lease.name), _MERGE_PATCH, body)
            else:
                body |= {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
                self._send("POST", _path(lease.namespace), JSON, body)
        except ApiError as error:
            return error
        return None

    def _send(self, method: str, path: str, content_type: str, body: Any) -> None:
        status, answer = self._transport.request(
            method,
            path,
            query=[("fieldManager", MANAGER)],
            headers={"Accept": JSON, "Content-Type": content_type},
            body=json.dumps(body).encode(),
        )
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(f"{method.lower()} {path}", status, answer)


def _path(namespace: str, name: str = "") -> str:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    return f"{path}/{name}" if name else path


class _Metadata(msgspec.Struct, rename="camel"):
    resource_version: str
    annotations: dict[str, str] | None = None


class _Lease(msgspec.Struct):
    metadata: _Metadata


def _read(namespace: str, name: str, body: bytes) -> Lease:
    try:
        found = msgspec.json.decode(body, type=_Lease).metadata
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Lease(namespace, name, {})
    return Lease(namespace, name, found.annotations or {}, found.resource_version)
