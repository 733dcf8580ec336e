"""The writes that mirroring makes; no other module makes any.

No write can be expressed without the state that it was judged on: a create fails when anything has
the name, a patch or delete when the object is no longer what was seen.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mirroring.cluster.decoding import Decoder
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON, JSON_PATCH, METADATA, path_of, path_of_all
from mirroring.errors import NamespaceGone, Stale
from mirroring.names import MANAGER
from mirroring.objects.changes import Patch, Post
from mirroring.policies.leaks import forms

if TYPE_CHECKING:
    from mirroring.cluster.protocols import Transport
    from mirroring.objects.changes import Change
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata


class ApiWriter:
    """Writes a cluster, as `Writer` says.

    Args:
        transport: to its API server.
        dry_run: whether the API server is only asked what would come of it, by all its policies and
            quotas, and keeps everything as it is.
    """

    def __init__(self, transport: Transport, *, dry_run: bool = False) -> None:
        self._transport = transport
        self._query = [("dryRun", "All")] if dry_run else []

    def apply(self, change: Change) -> Metadata | None:
        """Write; return what is there now where only labels and annotations were written."""
        if isinstance(change, Post):
            asked = f"create {change.ref}"
            self._send("POST", path_of_all(change.ref), change.body, asked, content=change.content)
            return None
        try:
            if isinstance(change, Patch):
                return self._patch(change)
            self._delete(change.seen)
        except NamespaceGone as error:
            raise Stale(f"{change.seen.ref} is gone. It is looked for again.") from error
        return None

    def create_event(self, namespace: str, body: dict[str, Any]) -> None:
        """Create a Kubernetes Event.

        Raises:
            AlreadyExists: it was told before.
        """
        path = f"/api/v1/namespaces/{namespace}/events"
        asked = f"create an Event in {namespace}"
        self._send("POST", path, json.dumps(body).encode(), asked)

    def _patch(self, change: Patch) -> Metadata | None:
        seen = change.seen
        answer = self._send(
            "PATCH", path_of(seen.ref), change.body, f"patch {seen.ref}", content=change.content
        )
        # Of thousands of mirrors nobody asks.
        return None if change.content else Decoder(seen.ref.kind).metadata(answer)

    def _delete(self, seen: Metadata) -> None:
        preconditions = {"uid": seen.uid, "resourceVersion": seen.resource_version}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        self._send("DELETE", path_of(seen.ref), json.dumps(options).encode(), f"delete {seen.ref}")

    def _send(
        self, method: str, path: str, body: bytes, asked: str, *, content: Content | None = None
    ) -> bytes:
        # Of what was written only the metadata are needed, a fraction of it.
        headers = {"Accept": METADATA, "Content-Type": JSON_PATCH if method == "PATCH" else JSON}
        manager = [] if method == "DELETE" else [("fieldManager", MANAGER)]
        status, answer = self._transport.request(
            method, path, query=[*manager, *self._query], headers=headers, body=body
        )
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(asked, status, answer, confidential=forms(content) if content else ())
        return answer


class Recorder:
    """A writer that writes nothing and remembers what it was asked to write."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def apply(self, change: Change) -> Metadata | None:
        """Remember a change; say that what was seen is still there."""
        self.changes.append(change)
        return change.seen if isinstance(change, Patch) else None
