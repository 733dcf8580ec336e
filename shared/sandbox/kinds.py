"""The kinds of objects that the sandbox has, and what an object is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of the core API group.

    Args:
        name: as in an object's `kind`.
        plural: as in the API's paths.
        content: the fields that map keys to values.
    """

    name: str
    plural: str
    content: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


CONFIG_MAP: Final = Kind("ConfigMap", "configmaps", content=("data", "binaryData"))
EVENT: Final = Kind("Event", "events")
NAMESPACE: Final = Kind("Namespace", "namespaces")
SECRET: Final = Kind("Secret", "secrets", content=("data",))


@dataclass(frozen=True, slots=True)
class Ref:
    """One object: its kind, namespace (empty for a Namespace itself) and name."""

    kind: Kind
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """What lists are sorted by."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name
