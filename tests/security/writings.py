"""Ways of writing one change: what one of them may not do, none of the others may."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.lab.api import JSON, JSON_PATCH, MERGE_PATCH
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.api import Answer, Api

_STRATEGIC: Final = "application/strategic-merge-patch+json"
_APPLY: Final = "application/apply-patch+yaml"


class Body(NamedTuple):
    """What is sent.

    Args:
        method: of HTTP.
        content_type: which kind of patch it is, if it is one.
        value: as JSON.
        query: options of the API, each with `&` before it.
    """

    method: str
    content_type: str
    value: object
    query: str = ""


def write(
    api: Api, before: Mapping[str, Any], change: Mapping[str, Any], way: str, *, dry: bool = False
) -> Answer:
    """Change an object.

    Args:
        api: as whoever does it.
        before: the object, as it is.
        change: what of it becomes another, as a merge patch says it.
        way: one of `WAYS`.
        dry: whether the API server is asked only, which has every policy have its say.
    """
    body = WAYS[way](before, change)
    metadata = before["metadata"]
    path = path_of(str(before["kind"]), metadata["namespace"], metadata["name"])
    query = f"?fieldManager=somebody{body.query}{'&dryRun=All' if dry else ''}"
    return api.request(body.method, path + query, body.value, content_type=body.content_type)


def changed(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object after a change, by RFC 7396."""
    after = dict(copy.deepcopy(before))
    for name, value in change.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict):
            after[name] = changed(after.get(name) or {}, value)
        else:
            after[name] = value
    return after


def _merge(_before: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    return Body("PATCH", MERGE_PATCH, change)


def _strategic(_before: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    return Body("PATCH", _STRATEGIC, change)


def _json(before: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    """Each field of the metadata on its own, the others whole."""
    after = changed(before, change)
    fields = [f"metadata/{name}" for name in change.get("metadata", {})]
    patch = [
        {"op": "add", "path": f"/{field}", "value": _at(after, field)}
        if _at(after, field) is not None
        else {"op": "remove", "path": f"/{field}"}
        for field in [*fields, *(name for name in change if name != "metadata")]
        if _at(after, field) != _at(before, field)
    ]
    return Body("PATCH", JSON_PATCH, patch)


def _at(found: Mapping[str, Any], field: str) -> Any:
    value: Any = found
    for part in field.split("/"):
        value = value.get(part)
    return value


def _apply(before: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    """Server-side, over whoever else has applied it; what is taken away cannot be said."""
    said = _without_none(change)
    metadata = {**said.get("metadata", {}), "name": before["metadata"]["name"]}
    value = {**said, "apiVersion": "v1", "kind": before["kind"], "metadata": metadata}
    return Body("PATCH", _APPLY, value, "&force=true")


def _without_none(change: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in change.items() if value is not None}
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in said.items()
    }


def _replace(before: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    return Body("PUT", JSON, changed(before, change))


WAYS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Body]]] = {
    "merge patch": _merge,
    "strategic merge patch": _strategic,
    "JSON patch": _json,
    "server-side apply": _apply,
    "replace": _replace,
}
