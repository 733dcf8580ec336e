"""Which objects a client asks for, and the pages in which it gets them."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.refusals import bad_request, expired
from sandbox.selectors import Selector, parse

if TYPE_CHECKING:
    from sandbox.kinds import Body
    from sandbox.messages import Request, Target
    from sandbox.stores import Store

_FIELDS: Final = ("metadata.name", "metadata.namespace")


@dataclass(frozen=True, slots=True)
class Selection:
    """The objects that a list or a watch is about.

    Args:
        namespace: theirs; empty for all.
        labels: the selector of labels.
        fields: what the fields that the API can select by must be, and must not be.
    """

    namespace: str
    labels: Selector
    fields: tuple[tuple[str, str, bool], ...]

    @classmethod
    def of(cls, request: Request, target: Target) -> Selection:
        """Read the options of a request.

        Raises:
            Refusal: a selector cannot be read (400).
        """
        selector = parse(request.query.get("labelSelector", ""))
        fields = [part for part in request.query.get("fieldSelector", "").split(",") if part]
        wanted = [_field(part) for part in fields]
        if target.name:
            wanted.append(("metadata.name", target.name, True))
        return cls(target.namespace, selector, tuple(wanted))

    def matches(self, body: Body | None) -> bool:
        """Whether an object is among them; one that is not there is not."""
        if body is None:
            return False
        metadata = body["metadata"]
        return (
            (not self.namespace or metadata.get("namespace") == self.namespace)
            and self.labels.matches(metadata.get("labels", {}))
            and all(
                (metadata.get(field.removeprefix("metadata."), "") == value) is wanted
                for field, value, wanted in self.fields
            )
        )


def _field(text: str) -> tuple[str, str, bool]:
    for operator in ("!=", "==", "="):
        field, found, value = text.partition(operator)
        if found:
            if field not in _FIELDS:
                raise bad_request(f"field label not supported: {field}")
            return field, value, operator != "!="
    raise bad_request(f"invalid field selector: {text}")


def page(store: Store, target: Target, request: Request) -> tuple[list[Body], dict[str, Any]]:
    """Read one page of a list: the objects, and the list's own metadata.

    All pages are of the state that the first one was of.

    Raises:
        Refusal: the request cannot be read (400), or that state is forgotten (410).
    """
    selection = Selection.of(request, target)
    limit = request.number("limit", 0)
    with store.lock:
        version, after = _continued(request.query.get("continue", "")) or (store.version, "")
        found = [
            (ref.path, body)
            for ref, body in store.all(target.kind, version=version)
            if ref.path > after and selection.matches(body)
        ]
    metadata: dict[str, Any] = {"resourceVersion": str(version)}
    if limit and len(found) > limit:
        last, _ = found[limit - 1]
        metadata["continue"] = _token(version, last)
        if not selection.labels.requirements and not selection.fields:
            metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    return [body for _, body in found], metadata


def _token(version: int, after: str) -> str:
    token = {"v": "meta.k8s.io/v1", "rv": version, "start": after}
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")


def _continued(token: str) -> tuple[int, str] | None:
    if not token:
        return None
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(read["rv"]), str(read["start"])
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise bad_request("continue key is not valid") from error


def version_of(request: Request, store: Store) -> int:
    """Read the version that a watch is to begin after.

    Raises:
        Refusal: it is no version (400), or one that will come yet (410).
    """
    version = request.number("resourceVersion", store.version)
    if version > store.version:
        raise expired(f"too large resource version: {version}, current: {store.version}")
    return version
