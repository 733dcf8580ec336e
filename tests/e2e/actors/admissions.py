"""What policies do to a write, in the sandbox."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mirroring import names
from sandbox.kinds import CONFIG_MAP, NAMESPACE, SECRET
from sandbox.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.admissions import Admission, Review

Body = dict[str, Any]


class Alteration(Enum):
    """What a policy changes of every object that is written."""

    ADDS_KEY = "adds a key"
    ADDS_LABEL = "adds a label"
    ADDS_ANNOTATION = "adds an annotation"
    TAKES_LABELS = "takes labels of kn-mirror's away"
    REWRITES_VALUE = "rewrites a value"

    @property
    def of_content(self) -> bool:
        """Whether the content is other than what was sent."""
        return self in {Alteration.ADDS_KEY, Alteration.REWRITES_VALUE}


def altering(namespace: str, alteration: Alteration) -> Admission:
    """Return what alters every object that is written in a namespace."""

    def alter(review: Review) -> Body:
        after = review.after
        if review.ref.namespace != namespace or review.ref.kind not in {SECRET, CONFIG_MAP}:
            return after
        metadata = after["metadata"]
        match alteration:
            case Alteration.ADDS_KEY:
                return {**after, "data": {**after.get("data", {}), "injected": "eA=="}}
            case Alteration.REWRITES_VALUE:
                return {**after, "data": dict.fromkeys(after.get("data", {}), "cmV3cml0dGVu")}
            case Alteration.ADDS_LABEL:
                changed = {"labels": {**metadata.get("labels", {}), "cost-center": "42"}}
            case Alteration.ADDS_ANNOTATION:
                changed = {"annotations": {**metadata.get("annotations", {}), "seen": "yes"}}
            case Alteration.TAKES_LABELS:
                changed = {"labels": _without_ours(metadata.get("labels", {}))}
        return {**after, "metadata": {**metadata, **changed}}

    return alter


def refusing(namespaces: Collection[str]) -> Admission:
    """Return what refuses that anything is created in some namespaces."""

    def refuse(review: Review) -> Body:
        is_new = review.before is None and review.ref.kind in {SECRET, CONFIG_MAP}
        if is_new and review.ref.namespace in namespaces:
            raise Refusal(HTTPStatus.FORBIDDEN, "Forbidden", "exceeded quota", ref=review.ref)
        return review.after

    return refuse


def index(review: Review) -> Body:
    """Label what concerns kn-mirror, as its own policy `index` does."""
    after, before = review.after, review.before
    if review.ref.kind is NAMESPACE or review.ref.kind not in {SECRET, CONFIG_MAP}:
        return after
    annotations = after["metadata"].get("annotations", {})
    labels = after["metadata"].get("labels", {})
    concerned = labels.get(names.ROLE) in {names.ROLE_MIRROR, names.ROLE_PULL_MIRROR} or any(
        name.startswith(names.REFLECTOR) for name in annotations
    )
    role, is_copy = _role(annotations, labels), _is_copy(review)
    if not concerned or not role:
        return after
    added = {names.ROLE: role}
    is_ours = review.manager == names.MANAGER
    is_mirror = role != names.ROLE_SOURCE and not is_copy
    if is_mirror and not is_ours and _is_edited(after, before, role):
        added[names.EDITED] = "true"
    return {**after, "metadata": {**after["metadata"], "labels": {**labels, **added}}}


def _role(annotations: Body, labels: Body) -> str:
    reflects = annotations.get(names.REFLECTS, "").strip()
    automatic = _is_true(annotations.get(names.AUTO_REFLECTS, ""))
    if (not reflects or automatic) and _is_true(annotations.get(names.ALLOWED, "")):
        return names.ROLE_SOURCE
    if reflects and not automatic:
        return names.ROLE_PULL_MIRROR
    return str(labels.get(names.ROLE, ""))


def _is_copy(review: Review) -> bool:
    place = review.after["metadata"].get("annotations", {}).get(names.PLACE)
    return place is not None and place != f"{review.ref.kind}/{review.ref.path}"


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"


def _is_edited(after: Body, before: Body | None, role: str) -> bool:
    if before is None or before["metadata"].get("labels", {}).get(names.EDITED):
        return True
    return _seen(after, role) != _seen(before, before["metadata"].get("labels", {}).get(names.ROLE))


def _seen(body: Body, role: str | None) -> list[Any]:
    labels = dict(body["metadata"].get("labels", {}))
    for name in (names.ROLE, names.EDITED):
        labels.pop(name, None)
    content = [body.get(field) for field in ("data", "binaryData", "immutable")]
    return [role, labels, body["metadata"].get("annotations", {}), *content]


def _without_ours(labels: Body) -> Body:
    return {name: value for name, value in labels.items() if not name.startswith("kn-mirror.dev/")}
