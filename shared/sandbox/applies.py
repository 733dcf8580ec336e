"""Server-side apply: fields that a manager declares, and those that it declares no more.

As far as Secrets and ConfigMaps need it: every field that can be owned is one value of a mapping,
or a scalar.
"""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sandbox.managed_fields import Owner, Owners, declared, fields_of, owners_of
from sandbox.refusals import Refusal, bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.kinds import Body, Ref
    from sandbox.managed_fields import Path


def applied(
    ref: Ref, before: Body, sent: Any, *, manager: str, force: bool, now: str
) -> tuple[Body, Owners]:
    """Return what an object becomes, and who owns which of its fields then.

    Args:
        ref: the object.
        before: what it is; empty when it is new.
        sent: what its manager declares of it.
        manager: who that is.
        force: whether fields of other managers are taken over.
        now: in ISO 8601.

    Raises:
        Refusal: it is no object (400), or other managers have other values in its fields (409).
    """
    if not isinstance(sent, dict) or not isinstance(sent.get("metadata", {}), dict):
        raise bad_request("the body of the request is no object of the API")
    wanted, there = dict(declared(sent)), dict(declared(before))
    owners, owner = owners_of(before) or _unknown(before, now), Owner(manager, "Apply")
    others = {each: fields for each, (_, fields) in owners.items() if each != owner}
    taken = {
        path
        for path, value in wanted.items()
        if path in there
        and there[path] != value
        and any(path in fields for fields in others.values())
    }
    if taken and not force:
        raise _conflict(ref, taken)
    since, declared_before = owners.get(owner, (now, set()))
    kept = set(wanted).union(*others.values()) if others else set(wanted)
    body = _set(before, wanted, without=declared_before - kept)
    is_same = declared_before == set(wanted) and all(
        there.get(path) == value for path, value in wanted.items()
    )
    left: Owners = {each: (owners[each][0], fields - taken) for each, fields in others.items()}
    return body, {**left, owner: (since if is_same else now, set(wanted))}


def _unknown(before: Body, now: str) -> Owners:
    """Who owns what was written while nobody was noted."""
    fields = {path for path, _ in fields_of(before)}
    return {Owner("before-first-apply"): (now, fields)} if fields else {}


def _set(before: Body, wanted: Mapping[Path, Any], *, without: set[Path]) -> Body:
    body = deepcopy(before)
    body.setdefault("metadata", {})
    for path in without:
        *parents, last = _names(path)
        node = body
        for name in parents:
            node = node.get(name) or {}
        node.pop(last, None)
    for path, value in wanted.items():
        *parents, last = _names(path)
        node = body
        for name in parents:
            node = node.setdefault(name, {})
        node[last] = value
    return body


def _names(path: Path) -> list[str]:
    return [part.removeprefix("f:") for part in path]


def _conflict(ref: Ref, taken: set[Path]) -> Refusal:
    fields = [".".join(["", *_names(path)]) for path in sorted(taken)]
    causes = [
        {"reason": "FieldManagerConflict", "message": "conflict", "field": field}
        for field in fields
    ]
    message = f"Apply failed with {len(fields)} conflicts: {', '.join(fields)}"
    return Refusal(HTTPStatus.CONFLICT, "Conflict", message, ref=ref, causes=causes)
