"""Objects as clients send them, turned into objects as the API server stores them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.kinds import LEASE, NAMESPACE, SECRET
from sandbox.refusals import bad_request

if TYPE_CHECKING:
    from sandbox.kinds import Body, Kind

_OF_CLIENTS: Final = (
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
    "managedFields",
)
_ABOUT_ITSELF: Final = ("apiVersion", "kind", "metadata")
_MICRO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)")
_TEXTS: Final = ("labels", "annotations")


def read(kind: Kind, body: Any) -> Body:
    """Take what a client may say of an object, without what is empty; the rest is not looked at.

    Raises:
        Refusal: it is no object of that kind (400).
    """
    if not isinstance(body, dict) or not isinstance(body.get("metadata", {}), dict):
        raise bad_request("the body of the request is no object of the API")
    said_kind, said_group = body.get("kind", kind.name), body.get("apiVersion", kind.group)
    if (said_kind, said_group) != (kind.name, kind.group):
        raise bad_request(f"the object in the body is no {kind.name} of {kind.group}")
    said = body.get("metadata") or {}
    metadata = {name: said[name] for name in _OF_CLIENTS if said.get(name)}
    for name in _TEXTS:
        _check_texts(f"metadata.{name}", metadata.get(name, {}))
    return {"metadata": metadata, **_rest(kind, body)}


def _rest(kind: Kind, body: Body) -> Body:
    if kind is NAMESPACE:
        return _spec(body)
    if kind.content:
        return _content(kind, body)
    if kind is LEASE:
        return _term(body)
    # Of Events the sandbox knows no more than that they are there.
    return {name: value for name, value in body.items() if name not in _ABOUT_ITSELF}


def _spec(body: Body) -> Body:
    return {"spec": {"finalizers": (body.get("spec") or {}).get("finalizers") or []}}


def _term(body: Body) -> Body:
    spec = body.get("spec") or {}
    if spec.get("renewTime") and not _MICRO_TIME.fullmatch(str(spec["renewTime"])):
        raise bad_request("spec.renewTime is no time with microseconds")
    return {"spec": spec}


def _content(kind: Kind, body: Body) -> Body:
    content: Body = {}
    for field in kind.content:
        values = dict(body.get(field) or {})
        _check_texts(field, values)
        if field == "binaryData" or kind is SECRET:
            values = {key: _canonical(field, value) for key, value in values.items()}
        if values:
            content[field] = values
    if kind is SECRET:
        content["type"] = body.get("type") or "Opaque"
        if texts := body.get("stringData"):
            _check_texts("stringData", texts)
            encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
            content["data"] = content.get("data", {}) | encoded
    if body.get("immutable") is not None:
        content["immutable"] = bool(body["immutable"])
    return content


def _check_texts(field: str, values: Any) -> None:
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in values.values()):
        raise bad_request(f"{field} does not map strings to strings")


def _canonical(field: str, value: str) -> str:
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except binascii.Error as error:
        raise bad_request(f"{field} has a value that is not base64") from error
