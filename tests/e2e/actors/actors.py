"""What every actor is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tests.e2e.actors.claims import Place
    from tests.e2e.actors.hands import Hands
    from tests.e2e.actors.servers import Change
    from tests.e2e.actors.stages import Stage


@dataclass(slots=True)
class Actor:
    """Somebody who writes in the cluster, and is not kn-mirror.

    People act when it is their turn. Tools go on after that: they do again what they do every so
    often, and react to what changes.

    Args:
        stage: where.
        place: what of the cluster they are concerned with: where a mirror is, or would be.
        variant: which of several of their kind they are.
    """

    # What may be drawn for a turn, by the methods' names.
    deeds: ClassVar[tuple[str, ...]] = ()

    stage: Stage
    place: Place
    variant: int = 0

    @property
    def hands(self) -> Hands:
        """The cluster in their hands."""
        return self.stage.hands

    def begin(self) -> None:
        """Make what is there before anything happens."""

    def interval(self) -> None:
        """Do what is done every so often."""

    def notice(self, change: Change) -> None:
        """React to a change of any object."""
