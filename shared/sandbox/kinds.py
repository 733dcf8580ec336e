"""The kinds of objects that the sandbox has, and what an object is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# An object, as it is sent and stored.
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object.

    Args:
        name: as in an object's `kind`.
        plural: as in the API's paths.
        content: the fields that map keys to values.
        group: of the API, with its version; the core's unless it is given.
    """

    name: str
    plural: str
    content: tuple[str, ...] = ()
    group: str = "v1"

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> str:
        """What the paths of such objects begin with."""
        return f"/apis/{self.group}" if "/" in self.group else f"/api/{self.group}"


CONFIG_MAP: Final = Kind("ConfigMap", "configmaps", content=("data", "binaryData"))
EVENT: Final = Kind("Event", "events")
LEASE: Final = Kind("Lease", "leases", group="coordination.k8s.io/v1")
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
