"""Copiers: tools that keep clones of other objects, as Kyverno and config-syncer do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mirroring import names
from tests.e2e.actors.actors import Actor
from tests.e2e.actors.claims import Place, Rule
from tests.e2e.actors.hands import annotations_of, bare, labels_of
from tests.e2e.actors.owners import Owner

if TYPE_CHECKING:
    from tests.e2e.actors.hands import Body
    from tests.e2e.actors.servers import Change


@dataclass(slots=True)
class Copier(Actor):
    """A copier that keeps a clone, annotations and labels too, of a mirror or of a source.

    The clone is put back when it goes or is changed, and follows what it is cloned from.
    """

    deeds: ClassVar[tuple[str, ...]] = ("clone",)
    active: bool = False

    @property
    def origin(self) -> Place:
        """What is cloned: the mirror, or the first source."""
        return self._owner.source if self.variant % 2 else self.place

    @property
    def _owner(self) -> Owner:
        return next(actor for actor in self.stage.actors if isinstance(actor, Owner))

    @property
    def clone_place(self) -> Place:
        """Where the clone is: in another namespace, or beside a mirror under another name."""
        if self.variant < 2:
            return Place("clones", self.place.name)
        return Place(self.place.namespace, f"{self.place.name}-clone")

    def clone(self) -> None:
        """Begin, for ever."""
        self.active = True
        self._synchronize()

    def notice(self, change: Change) -> None:
        """Bring the clone in line."""
        if self.active and change.place in {self.origin, self.clone_place}:
            self._synchronize()

    def _synchronize(self) -> None:
        found = self.hands.get(self.origin)
        if found is None:
            return
        wanted, there = bare(found), self.hands.get(self.clone_place)
        wanted["metadata"]["labels"]["generate.kyverno.io/policy-name"] = "clone"
        if there is None:
            there = self.hands.create(self.clone_place, wanted, by="kyverno")
        elif not self.stage.claim_on(self.clone_place, there):
            return
        elif _differs(there, wanted):
            there = self.hands.patch(self.clone_place, wanted, by="kyverno")
        self._declare(found, there)

    def _declare(self, found: Body, clone: Body | None) -> None:
        claim, place = self.stage.claim_on(self.origin, found), self.clone_place
        if clone and annotations_of(clone).get(names.ALLOWED) != "true":
            self.stage.claim(place, clone, "a copier", Rule.HELD)
            return
        if not claim or claim.rule is not Rule.SOURCE:
            # It is what it was cloned from before.
            return
        # Its annotations say so of the clone, too.
        claimed = self._owner.wishes.claimed(place)
        self.stage.claim(place, clone, "a copier", Rule.SOURCE, **claimed)


def _differs(there: Body, wanted: Body) -> bool:
    kept = annotations_of(there), labels_of(there)
    asked = wanted["metadata"]["annotations"], wanted["metadata"]["labels"]
    return there.get("data") != wanted.get("data") or any(
        have.get(name) != value
        for have, want in zip(kept, asked, strict=True)
        for name, value in want.items()
    )
