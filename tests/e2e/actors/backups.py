"""Backups, which put back an older state under new uids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from tests.e2e.actors.actors import Actor
from tests.e2e.actors.hands import bare

if TYPE_CHECKING:
    from tests.e2e.actors.claims import Claim, Place
    from tests.e2e.actors.hands import Body
    from tests.e2e.actors.servers import Change


@dataclass(slots=True)
class Backup(Actor):
    """A backup of everything or, by its variant, of one namespace; a restore deletes what is there.

    It restores metadata as they were, with all that kn-mirror wrote, as Velero does.
    """

    deeds: ClassVar[tuple[str, ...]] = ("keep", "restore")
    kept: dict[Place, tuple[Body, Claim | None]] = field(default_factory=dict)

    def notice(self, change: Change) -> None:
        """Take the first backup as soon as anything happens: what was made by then is there."""
        if not self.kept and change.after is not None:
            self.keep()

    def keep(self) -> None:
        """Take a backup."""
        self.kept = {}
        for place in self.stage.places():
            found = self.hands.get(place)
            if found and self.variant in {0, 1 + (place.namespace != self.place.namespace)}:
                self.kept[place] = bare(found), self.stage.claim_on(place, found)

    def restore(self) -> None:
        """Put it back."""
        for place, (body, claim) in self.kept.items():
            self.hands.delete(place)
            self.stage.claims.pop(place, None)
            created = self.hands.create(place, body, by="velero-server")
            if claim:
                self.stage.claim_again(place, created, claim)
