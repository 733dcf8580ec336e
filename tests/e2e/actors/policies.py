"""Policies: what the API server lets others change, or refuse, of every write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.e2e.actors.actors import Actor
from tests.e2e.actors.admissions import Alteration

_ALTERATIONS = tuple(Alteration)


@dataclass(slots=True)
class Policy(Actor):
    """A policy that alters whatever is written in a namespace, whoever writes it."""

    deeds: ClassVar[tuple[str, ...]] = ("rule",)

    def rule(self) -> None:
        """Be in force from now on."""
        alteration = _ALTERATIONS[self.variant % len(_ALTERATIONS)]
        if alteration.of_content:
            self.stage.altered.add(self.place.namespace)
        self.stage.server.alter(self.place.namespace, alteration)


@dataclass(slots=True)
class Refuser(Actor):
    """A policy or a quota by which nothing new can be made in a namespace."""

    deeds: ClassVar[tuple[str, ...]] = ("rule", "lift")

    def rule(self) -> None:
        """Be in force from now on."""
        self.stage.refusing.add(self.place.namespace)
        self.stage.server.refuse_creates(frozenset(self.stage.refusing))

    def lift(self) -> None:
        """Be in force no more."""
        self.stage.refusing.discard(self.place.namespace)
        self.stage.server.refuse_creates(frozenset(self.stage.refusing))
