"""What `kubectl mirror doctor -o json` found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def results(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what came of each check that is not well, by its code."""
    checks = [each for category in document["categories"] for each in category["checks"]]
    return {each["code"]: each["result"] for each in checks if each["result"] != "ok"}


def findings(document: Mapping[str, Any], code: str) -> list[dict[str, str]]:
    """Return what a check found."""
    checks = [each for category in document["categories"] for each in category["checks"]]
    [found] = [each["findings"] for each in checks if each["code"] == code]
    return [each for each in found if each["result"] != "ok"]
