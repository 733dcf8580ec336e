"""What `managedFields` tell of when content was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mirroring.cluster.managed_fields import renewed_at
from mirroring.objects.references import CONFIG_MAP, SECRET, Kind

KEYS: dict[str, Any] = {"f:data": {".": {}, "f:key": {}}}
METADATA: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:x": {}}}}


def renewed(kind: Kind, *fields: dict[str, Any]) -> str:
    """When content was written, of entries of one day after the other."""
    entries = [
        {"manager": "m", "time": f"2026-01-0{day}T00:00:00Z", "fieldsV1": each}
        for day, each in enumerate(fields, start=1)
    ]
    return renewed_at(kind, json.dumps(entries).encode())


@pytest.mark.parametrize("kind", [SECRET, CONFIG_MAP], ids=str)
@pytest.mark.parametrize(
    "later", [METADATA, {"f:immutable": {}}, {"f:type": {}}, {"f:data": {".": {}}}], ids=str
)
def test_what_is_written_beside_the_content_renews_nothing(
    kind: Kind, later: dict[str, Any]
) -> None:
    assert renewed(kind, KEYS, later) == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("later", [KEYS, {"f:stringData": {"f:key": {}}}], ids=str)
def test_the_last_who_wrote_content_renewed_it(later: dict[str, Any]) -> None:
    assert renewed(SECRET, KEYS, METADATA, later) == "2026-01-03T00:00:00Z"


@pytest.mark.parametrize("raw", [b"[]", b"null"])
def test_where_nobody_is_named_nothing_is_known(raw: bytes) -> None:
    assert renewed_at(SECRET, raw) == ""
