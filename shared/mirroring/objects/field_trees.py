"""Field trees: `fieldsV1`, the fields that one manager owns, as `managedFields` writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mirroring.names import MANAGER

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN: Final = "f:kn-mirror.dev/"


def ceded(managed: bytes) -> list[dict[str, Any]]:
    """Return `managedFields` in which kn-mirror owns its own labels and annotations alone.

    What nobody owns anybody may apply, without a conflict. Entries of others stay as they are.

    Args:
        managed: as the API server writes it.
    """
    entries: list[dict[str, Any]] = json.loads(managed)
    left = [
        {**entry, "fieldsV1": _own(entry["fieldsV1"])} if entry["manager"] == MANAGER else entry
        for entry in entries
    ]
    return [entry for entry in left if entry["fieldsV1"]]


def _own(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels and annotations of kn-mirror in a tree."""
    metadata = tree.get("f:metadata", {})
    kept: dict[str, dict[str, Any]] = {
        field: {name: {} for name in metadata.get(field, {}) if name.startswith(_OWN)}
        for field in ("f:annotations", "f:labels")
    }
    own = {field: names for field, names in kept.items() if names}
    return {"f:metadata": own} if own else {}
