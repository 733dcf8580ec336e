"""The manifests of knative/, rendered as `kubectl apply -k` renders them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.lab import kubectl

OVERLAY_FOLDER: Final = Path(__file__).parents[2] / "knative" / "overlays"
OVERLAYS: Final = sorted(path.name for path in OVERLAY_FOLDER.iterdir())

FUNCTIONS: Final = frozenset(
    {"on-secret-update", "on-namespace-create", "on-delete-cleanup", "on-resync"}
)
WATCHERS: Final = frozenset({"watch-objects", "watch-namespaces", "watch-adapters"})


def folder_of(overlay: str) -> str:
    """Return where an overlay is, as `-k` wants it."""
    return str(OVERLAY_FOLDER / overlay)


@cache
def rendered(overlay: str) -> tuple[dict[str, Any], ...]:
    """Return the objects of an overlay."""
    return tuple(yaml.safe_load_all(kubectl.run("kustomize", folder_of(overlay))))


def of_kind(overlay: str, kind: str) -> list[dict[str, Any]]:
    """Return those of one kind."""
    return [each for each in rendered(overlay) if each["kind"] == kind]


def policies_of(overlay: str) -> list[str]:
    """Name its admission policies."""
    return [each["metadata"]["name"] for each in rendered(overlay)
            if each["kind"].endswith("AdmissionPolicy")]  # fmt: skip
