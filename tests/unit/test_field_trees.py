"""Field trees: what kn-mirror gives up, so that others may apply it without a conflict."""

from __future__ import annotations

import json
from typing import Any

from mirroring.objects.field_trees import ceded


def entry(manager: str, fields: dict[str, Any], operation: str = "Update") -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


CONTENT: dict[str, Any] = {"f:data": {".": {}, "f:tls.crt": {}}}
HELM = entry("helm", {**CONTENT, "f:type": {}}, "Apply")


def test_content_and_reflectors_annotations_are_given_up_and_its_own_names_are_not() -> None:
    own: dict[str, Any] = {
        "f:annotations": {"f:kn-mirror.dev/content-hash": {}},
        "f:labels": {"f:kn-mirror.dev/role": {}},
    }
    more: dict[str, Any] = {
        "f:annotations": {".": {}, "f:reflector.v1.k8s.emberstack.com/reflected-at": {}},
        "f:labels": {".": {}, "f:team": {}},
    }
    written = {field: {**names, **more[field]} for field, names in own.items()}
    kn_mirror = entry("kn-mirror", {**CONTENT, "f:metadata": written})

    left = ceded(json.dumps([HELM, kn_mirror]).encode())

    assert left == [HELM, entry("kn-mirror", {"f:metadata": own})]


def test_who_owns_nothing_any_more_is_not_named() -> None:
    left = ceded(json.dumps([entry("kn-mirror", CONTENT), HELM]).encode())

    assert left == [HELM]


def test_what_others_own_is_left_as_it_is() -> None:
    others = [HELM, entry("kubectl-edit", CONTENT), entry("", {"f:immutable": {}})]

    assert ceded(json.dumps(others).encode()) == others
