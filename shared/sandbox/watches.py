"""Watches: what happens to the objects of a selection, as it happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sandbox.lists import version_of
from sandbox.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.kinds import Body, Kind
    from sandbox.lists import Selection
    from sandbox.messages import Request
    from sandbox.stores import Change, Store

_DEFAULT_SECONDS = 1800

Event = dict[str, Any]


def watch(
    store: Store,
    kind: Kind,
    selection: Selection,
    request: Request,
    represent: Callable[[Body], Body],
) -> Iterator[Event]:
    """Tell what happens, beginning after the version that the request names, until its time is up.

    A request that names a version that is forgotten is told so, by an event of type `ERROR`; one
    that names none begins now.

    Args:
        store: what is watched.
        kind: of the objects.
        selection: which of them.
        request: with its options.
        represent: turns an object into what the client wants of it.
    """
    ends = time.monotonic() + request.number("timeoutSeconds", _DEFAULT_SECONDS)
    version = version_of(request, store)
    try:
        while (left := ends - time.monotonic()) > 0 and not store.closed:
            for change in store.changes(version, within=left):
                version = change.version
                if change.ref.kind is kind and (event := _event(change, selection)):
                    yield {**event, "object": represent(event["object"])}
    except Refusal as refusal:
        yield {"type": "ERROR", "object": refusal.status}
        return
    if request.query.get("allowWatchBookmarks") == "true":
        metadata = {"resourceVersion": str(version), "creationTimestamp": None}
        yield {"type": "BOOKMARK", "object": represent({"metadata": metadata})}


def _event(change: Change, selection: Selection) -> Event | None:
    """Say what a change is to somebody who sees nothing but the selection."""
    before, after = selection.matches(change.before), selection.matches(change.after)
    if after:
        return {"type": "MODIFIED" if before else "ADDED", "object": change.after}
    if before and change.before is not None:
        last = change.before["metadata"] | {"resourceVersion": str(change.version)}
        return {"type": "DELETED", "object": {**change.before, "metadata": last}}
    return None
