"""What an object is called, and the kinds that mirroring knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of the core API group, and what sets it apart from the others; each is there once.

    Args:
        name: as in an object's `kind`.
        plural: as in the API's paths.
        content: the fields that hold what is mirrored, each a mapping of key to value.
        typed: whether an object of this kind has a `type`.
    """

    name: str
    plural: str
    content: tuple[str, ...] = ()
    typed: bool = False

    def __str__(self) -> str:
        return self.name


SECRET: Final = Kind("Secret", "secrets", content=("data",), typed=True)
CONFIG_MAP: Final = Kind("ConfigMap", "configmaps", content=("data", "binaryData"))
NAMESPACE: Final = Kind("Namespace", "namespaces")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.name: kind for kind in (SECRET, CONFIG_MAP, NAMESPACE)}
)
MIRRORED_KINDS: Final = (SECRET, CONFIG_MAP)

LONGEST_NAMESPACE: Final = 63  # characters of its name
LONGEST_NAME: Final = 253  # characters of an object's
LONGEST_PATH: Final = LONGEST_NAMESPACE + 1 + LONGEST_NAME  # characters of `namespace/name`

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAMESPACE_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAMESPACE}}}\Z){_LABEL}")
_OBJECT_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}\Z){_LABEL}(?:\.{_LABEL})*")


def is_namespace_name(text: str) -> bool:
    """Whether Kubernetes would accept `text` as the name of a namespace (a DNS-1123 label)."""
    return _NAMESPACE_NAME.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    """Whether Kubernetes would accept `text` as an object's name (a DNS-1123 subdomain)."""
    return _OBJECT_NAME.fullmatch(text) is not None


class Ref(NamedTuple):
    """One object of the cluster: its kind, namespace (empty for a Namespace itself) and name."""

    kind: Kind
    namespace: str
    name: str

    @classmethod
    def parse(cls, kind: str, namespace: str, name: str) -> Self:
        """Take names from outside; what they name need not exist, but is safe in a request's path.

        Raises:
            ValueError: the kind is not one of `KINDS`, or a name is none that Kubernetes accepts.
        """
        known = KINDS.get(kind)
        if known is None:
            raise ValueError(f"kind is none of {', '.join(KINDS)}")
        if known is NAMESPACE:
            if namespace or not is_namespace_name(name):
                raise ValueError("name is not the name of a namespace")
        elif not is_namespace_name(namespace):
            raise ValueError("namespace is not the name of a namespace")
        elif not is_object_name(name):
            raise ValueError(f"name is not the name of a {kind}")
        return cls(known, namespace, name)

    @property
    def path(self) -> str:
        """`namespace/name`, as annotations write it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def in_namespace(self, namespace: str) -> Ref:
        """Name the object of the same kind and name in another namespace."""
        return Ref(self.kind, namespace, self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"


def place_of(ref: Ref) -> str:
    """Return what a mirror writes down of where it is."""
    return f"{ref.kind}/{ref.path}"
