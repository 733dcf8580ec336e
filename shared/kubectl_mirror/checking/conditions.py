"""Conditions, by which Knative says of its objects how they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def unready_because(found: Mapping[str, Any]) -> str:
    """Say why an object is not ready; empty when it is."""
    status = found.get("status") or {}
    ready = condition(found, "Ready")
    if ready is None:
        return "nobody has said anything of it yet; Knative's controllers may not run"
    if status.get("observedGeneration", 0) < found["metadata"].get("generation", 0):
        return "its latest change was not looked at yet"
    if ready.get("status") == "True":
        return ""
    said = ": ".join(filter(None, (ready.get("reason"), ready.get("message"))))
    return said.rstrip(".") or "no reason is given"


def condition(found: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """Return a condition of an object; None where nobody has said anything of it."""
    conditions = (found.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each.get("type") == kind), None)
