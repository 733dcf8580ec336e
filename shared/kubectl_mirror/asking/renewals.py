"""Renewals: when the content of sources was written last, by what `managedFields` tells of it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kubectl_mirror.access.answers import as_sent_for
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import METADATA, METADATA_LIST, path_of
from mirroring.names import ROLE, ROLE_SOURCE
from mirroring.objects.field_owners import CONTENT, IMMUTABLE
from mirroring.objects.references import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mirroring.cluster.protocols import Transport
    from mirroring.objects.references import Kind

_FEW = 3  # sources that are read one by one rather than in a list
_PAGE = "500"


def renewals(transport: Transport, sources: Sequence[Ref]) -> Mapping[Ref, str]:
    """Return when each was written last, in RFC 3339; without those that do not tell.

    Raises:
        ApiError: they cannot be read.
    """
    if len(sources) <= _FEW:
        read = ((ref, _one(transport, ref)) for ref in sources)
        found = {ref: metadata for ref, metadata in read if metadata}
    else:
        kinds = sorted({ref.kind for ref in sources}, key=str)
        found = {ref: each for kind in kinds for ref, each in _all(transport, kind)}
    asked = frozenset(sources)
    with as_sent_for("what was written last"):
        written = {ref: _written(metadata) for ref, metadata in found.items() if ref in asked}
    return {ref: at for ref, at in written.items() if at}


def _one(transport: Transport, ref: Ref) -> Mapping[str, Any] | None:
    status, body = transport.request("GET", path_of(ref), headers={"Accept": METADATA})
    if status == HTTPStatus.NOT_FOUND:
        return None
    if status != HTTPStatus.OK:
        raise refusal(f"get {ref}", status, body)
    with as_sent_for(str(ref)):
        metadata: Mapping[str, Any] = json.loads(body)["metadata"]
    return metadata


def _all(transport: Transport, kind: Kind) -> Iterator[tuple[Ref, Mapping[str, Any]]]:
    following = ""
    while True:
        query = [("labelSelector", f"{ROLE}={ROLE_SOURCE}"), ("limit", _PAGE)]
        query += [("continue", following)] if following else []
        path = f"/api/v1/{kind.plural}"
        headers = {"Accept": METADATA_LIST}
        status, body = transport.request("GET", path, query=query, headers=headers)
        if status != HTTPStatus.OK:
            raise refusal(f"list {path}", status, body)
        with as_sent_for(path):
            page = json.loads(body)
            found = [each["metadata"] for each in page.get("items") or ()]
            named = [(Ref(kind, each["namespace"], each["name"]), each) for each in found]
            following = page["metadata"].get("continue", "")
        yield from named
        if not following:
            return


def _written(metadata: Mapping[str, Any]) -> str:
    """Return when somebody last wrote what mirrors are of; empty when nothing tells."""
    entries: Iterable[Mapping[str, Any]] = metadata.get("managedFields") or ()
    owned = CONTENT - {IMMUTABLE}
    times = [
        str(entry.get("time") or "")
        for entry in entries
        if not owned.isdisjoint(entry.get("fieldsV1") or {})
    ]
    return max(times, default="")
