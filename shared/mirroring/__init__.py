"""Mirrors of Secrets and ConfigMaps in many namespaces, kept by stateless functions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mirroring.objects.events import Event, ObjectEvent
    from mirroring.objects.references import CONFIG_MAP, NAMESPACE, SECRET
    from mirroring.reconciling.mirroring import Mirroring
    from mirroring.serving.apps import function

__all__ = ["CONFIG_MAP", "NAMESPACE", "SECRET", "Event", "Mirroring", "ObjectEvent", "function"]

_WHERE: Final = {
    "CONFIG_MAP": "mirroring.objects.references",
    "NAMESPACE": "mirroring.objects.references",
    "SECRET": "mirroring.objects.references",
    "Event": "mirroring.objects.events",
    "Mirroring": "mirroring.reconciling.mirroring",
    "ObjectEvent": "mirroring.objects.events",
    "function": "mirroring.serving.apps",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that who asks for a part of the library starts no server."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
