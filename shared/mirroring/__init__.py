"""Mirrors of Secrets and ConfigMaps in many namespaces, kept by stateless functions."""

from mirroring.objects.events import Event, ObjectEvent
from mirroring.objects.references import CONFIG_MAP, NAMESPACE, SECRET
from mirroring.reconciling.mirroring import Mirroring
from mirroring.serving.apps import function

__all__ = ["CONFIG_MAP", "NAMESPACE", "SECRET", "Event", "Mirroring", "ObjectEvent", "function"]
