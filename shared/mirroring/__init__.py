"""Mirrors of Secrets and ConfigMaps in many namespaces, kept by stateless functions."""

from mirroring.events import Event, ObjectEvent
from mirroring.reconciling import Mirroring
from mirroring.references import CONFIG_MAP, NAMESPACE, SECRET
from mirroring.serving import function

__all__ = ["CONFIG_MAP", "NAMESPACE", "SECRET", "Event", "Mirroring", "ObjectEvent", "function"]
