"""What the API server does not accept of an object, or of a change of one."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from sandbox.kinds import LEASE, NAMESPACE, SECRET
from sandbox.names import is_label, is_label_value, is_qualified_name, is_subdomain
from sandbox.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.kinds import Body, Ref

_DATA_KEY: Final = re.compile(r"(?!\.\.?\Z|\.\.[^.])[-._a-zA-Z0-9]{1,253}")
_LARGEST: Final = 1024 * 1024  # bytes of content
_MOST_ANNOTATED: Final = 256 * 1024  # bytes of names and values
_REQUIRED_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def check(ref: Ref, after: Body, before: Body | None) -> None:
    """Check an object that is about to be stored.

    Args:
        ref: its kind, namespace and name.
        after: what would be stored.
        before: what is stored; None when it is new.

    Raises:
        Refusal: it is not acceptable (422), for the first reason that was found.
    """
    _check_metadata(ref, after["metadata"])
    if ref.kind is NAMESPACE:
        return
    if ref.kind is LEASE and after["spec"].get("leaseDurationSeconds", 1) <= 0:
        raise invalid(ref, "spec.leaseDurationSeconds", "Invalid value: must be greater than 0")
    _check_keys(ref, after)
    if before is not None:
        _check_change(ref, after, before)
    if ref.kind is SECRET:
        for key in _REQUIRED_KEYS.get(after["type"], ()):
            if key not in after.get("data", {}):
                raise invalid(ref, f"data[{key}]", "Required value", reason="FieldValueRequired")


def _check_metadata(ref: Ref, metadata: Body) -> None:
    is_name = is_label if ref.kind is NAMESPACE else is_subdomain
    if not is_name(ref.name):
        raise invalid(ref, "metadata.name", "Invalid value: a lowercase RFC 1123 name is wanted")
    for key, value in metadata.get("labels", {}).items():
        if not is_qualified_name(key) or not is_label_value(value):
            raise invalid(ref, "metadata.labels", "Invalid value: no label")
    for key in metadata.get("annotations", {}):
        if not is_qualified_name(key):
            raise invalid(ref, "metadata.annotations", "Invalid value: no qualified name")
    annotated = metadata.get("annotations", {}).items()
    if sum(len(name.encode()) + len(value.encode()) for name, value in annotated) > _MOST_ANNOTATED:
        raise invalid(ref, "metadata.annotations", "Too long: may not be more than 262144 bytes")


def _check_keys(ref: Ref, body: Body) -> None:
    size = 0
    for field, key, value in _content(ref, body):
        if not _DATA_KEY.fullmatch(key):
            raise invalid(ref, f"{field}[{key}]", "Invalid value: no key of a Secret or ConfigMap")
        encoded = field == "binaryData" or ref.kind is SECRET
        size += len(base64.b64decode(value) if encoded else value.encode())
    if size > _LARGEST:
        raise invalid(ref, "data", "Too long: may not be more than 1048576 bytes")


def _content(ref: Ref, body: Body) -> Iterator[tuple[str, str, str]]:
    for field in ref.kind.content:
        for key, value in body.get(field, {}).items():
            yield field, key, value


def _check_change(ref: Ref, after: Body, before: Body) -> None:
    if after.get("type") != before.get("type"):
        raise invalid(ref, "type", "Invalid value: field is immutable")
    if not before.get("immutable"):
        return
    if not after.get("immutable"):
        raise invalid(ref, "immutable", "Forbidden: field is immutable when `immutable` is set")
    for field in ref.kind.content:
        if after.get(field) != before.get(field):
            raise invalid(ref, field, "Forbidden: field is immutable when `immutable` is set")
