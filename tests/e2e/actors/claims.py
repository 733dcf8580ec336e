"""Claims: what an owner declared, so that the oracle need not believe what objects say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Place(NamedTuple):
    """Where an object is, or may be; a world has one kind of them."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Rule(Enum):
    """What an owner may expect of kn-mirror for an object."""

    SOURCE = "mirrored, and never written but for its label"
    HELD = "never written, and never deleted"
    STUB = "filled, and never deleted"


@dataclass(frozen=True, slots=True)
class Claim:
    """One object that somebody declared theirs.

    Args:
        uid: of the object; another one in its place is not theirs.
        holder: who they are.
        rule: what they may expect.
        mirrors: of a source, where it asks for mirrors.
        permits: of a source, the namespaces that may hold a pull mirror of it.
        succeeds: of a source that was moved onto a mirror, where it was before.
        of: of a stub, what it is a pull mirror of.
    """

    uid: str
    holder: str
    rule: Rule
    mirrors: frozenset[Place] = frozenset()
    permits: frozenset[str] = frozenset()
    succeeds: frozenset[Place] = frozenset()
    of: Place | None = None
