"""The writes that mirroring makes; no other module makes any.

No write can be expressed without the state that it was judged on: a create fails when anything has
the name, a patch or delete when the object is no longer what was seen.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from mirroring.cluster.decoding import Decoder
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON, JSON_PATCH, METADATA, path_of, path_of_all
from mirroring.errors import NamespaceGone, Stale
from mirroring.names import MANAGER
from mirroring.objects.changes import Patch, Post

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mirroring.cluster.protocols import Transport
    from mirroring.objects.changes import Change
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata, Object


_ASK: Final = (("dryRun", "All"),)


class ApiWriter:
    """Writes a cluster, as `Writer` says.

    Args:
        transport: to its API server.
        dry_run: whether the API server is only asked what would come of it, by all its policies and
            quotas, and keeps everything as it is.
    """

    def __init__(self, transport: Transport, *, dry_run: bool = False) -> None:
        self._transport = transport
        self._query: Sequence[tuple[str, str]] = _ASK if dry_run else ()

    def apply(self, change: Change) -> Metadata | None:
        """Write; return what is there now where only labels and annotations were written."""
        if isinstance(change, Post):
            self._post(change)
        elif isinstance(change, Patch):
            answer = self._patch(change, accept=METADATA)
            # Of thousands of mirrors nobody asks.
            is_asked = change.tells or not change.content
            return Decoder(change.seen.ref.kind).metadata(answer) if is_asked else None
        else:
            self._delete(change.seen)
        return None

    def repair(self, change: Patch) -> Object | None:
        """Write a mirror that somebody else had changed; return what is there now."""
        return Decoder(change.seen.ref.kind).object(self._patch(change, accept=JSON))

    def create_event(self, namespace: str, body: dict[str, Any]) -> None:
        """Create a Kubernetes Event.

        Raises:
            AlreadyExists: it was told before.
        """
        path = f"/api/v1/namespaces/{namespace}/events"
        asked = f"create an Event in {namespace}"
        self._send("POST", path, json.dumps(body).encode(), asked, query=self._query)

    def _post(self, change: Post) -> None:
        asked, query = f"create {change.ref}", self._query
        if change.is_rehearsal:
            asked, query = f"{asked}, by which it was asked whether a mirror may be made anew", _ASK
        path = path_of_all(change.ref)
        self._send("POST", path, change.body, asked, content=change.content, query=query)

    def _patch(self, change: Patch, *, accept: str) -> bytes:
        seen = change.seen
        with _looked_for_again(seen):
            return self._send(
                "PATCH",
                path_of(seen.ref),
                change.body,
                f"patch {seen.ref}",
                content=change.content,
                accept=accept,
                query=self._query,
            )

    def _delete(self, seen: Metadata) -> None:
        preconditions = {"uid": seen.uid, "resourceVersion": seen.resource_version}
        options: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": preconditions,
        }
        if self._query:
            # Of a deletion with options the API server reads none of its query.
            options["dryRun"] = ["All"]
        body, asked = json.dumps(options).encode(), f"delete {seen.ref}"
        with _looked_for_again(seen):
            self._send("DELETE", path_of(seen.ref), body, asked, query=self._query)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        asked: str,
        *,
        query: Sequence[tuple[str, str]],
        content: Content | None = None,
        # Of what was written the metadata are a fraction.
        accept: str = METADATA,
    ) -> bytes:
        headers = {"Accept": accept, "Content-Type": JSON_PATCH if method == "PATCH" else JSON}
        manager = [] if method == "DELETE" else [("fieldManager", MANAGER)]
        status, answer = self._transport.request(
            method, path, query=[*manager, *query], headers=headers, body=body
        )
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            # Of what is changed or deleted they were shown also what was there before.
            is_quoted = method == "POST"
            raise refusal(asked, status, answer, sent=content, is_quoted=is_quoted)
        return answer


class Recorder:
    """A writer that writes nothing and remembers what it was asked to write."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def apply(self, change: Change) -> Metadata | None:
        """Remember a change; say that what was seen is still there."""
        self.changes.append(change)
        return change.seen if isinstance(change, Patch) else None

    def repair(self, change: Patch) -> Object | None:
        """Remember a change; what would be there is not known."""
        self.changes.append(change)
        return None


@contextmanager
def _looked_for_again(seen: Metadata) -> Iterator[None]:
    """Say of what is no longer there that it is not what was seen."""
    try:
        yield
    except NamespaceGone as error:
        raise Stale(f"{seen.ref} is gone. It is looked for again.") from error
