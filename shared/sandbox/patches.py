"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396), as the API server takes them."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointerException

from sandbox.refusals import Refusal, bad_request, unsupported_media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.kinds import Body


def patched(body: Body, patch: Any, content_type: str) -> Body:
    """Return what a patch makes of an object, which itself stays as it is.

    Args:
        body: the object.
        patch: as it was sent, decoded.
        content_type: says which kind of patch it is.

    Raises:
        Refusal: of a kind that is not known (415), malformed (400), or it does not fit the object
        (422).
    """
    apply = _KINDS.get(content_type)
    if apply is None:
        raise unsupported_media_type(*_KINDS)
    return apply(deepcopy(body), patch)


def _json_patch(body: Body, patch: Any) -> Body:
    if not isinstance(patch, list):
        raise bad_request("error decoding patch: it is no list")
    try:
        result: Body = JsonPatch(patch).apply(body)
    except (JsonPatchException, JsonPointerException) as error:
        # What the library says may quote values.
        message = "the server rejected our request due to an error in our request"
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", message) from error
    return result


def _merge_patch(body: Body, patch: Any) -> Body:
    if not isinstance(patch, dict):
        raise bad_request("error decoding patch: it is no object")
    merged: Body = _merged(body, patch)
    return merged


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


_KINDS: Final[Mapping[str, Callable[[Body, Any], Body]]] = {
    "application/json-patch+json": _json_patch,
    "application/merge-patch+json": _merge_patch,
}
