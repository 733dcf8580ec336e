"""People who come upon a mirror, and do with it what they do with any object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from mirroring import names
from tests.e2e.actors.actors import Actor
from tests.e2e.actors.claims import Place, Rule
from tests.e2e.actors.hands import annotations_of, bare
from tests.e2e.actors.owners import Owner

if TYPE_CHECKING:
    from tests.e2e.actors.hands import Body

_RECORD: Final = (names.REFLECTS, names.AUTO_REFLECTS, names.REFLECTED_VERSION, names.CONTENT_HASH)
_CLEARED: Final = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]


@dataclass(slots=True)
class Person(Actor):
    """Somebody with kubectl who edits, copies, deletes or takes over a mirror, and goes away."""

    deeds: ClassVar[tuple[str, ...]] = (
        "edit",
        "edit_by_apply",
        "add_and_clear",
        "relabel",
        "take_away",
        "take_over",
        "replace",
        "disown",
        "copy_elsewhere",
        "copy_beside",
    )

    def edit(self) -> None:
        """Change a value, and add another."""
        change = self.hands.fields({"key": "edited", "more": "of mine"})
        self._write(change)

    def edit_by_apply(self) -> None:
        """Apply `stringData`, of which Kubernetes notes no owner that can be found."""
        if self.hands.get(self.place) and self._theirs() is None:
            values = {"key": "forged", "extra": "x"}
            body = {"stringData": values} if self.hands.kind == "Secret" else {"data": values}
            self.hands.apply(self.place, body, by="kubectl", force=True)

    def add_and_clear(self) -> None:
        """Add what is not the source's, and have Kubernetes forget who wrote what."""
        field = "binaryData" if self.hands.kind == "ConfigMap" else "data"
        self._write({field: {"foreign": "eA=="}})
        if self._theirs() is None:
            self.hands.patch(self.place, _CLEARED, by="kubectl-patch")

    def relabel(self) -> None:
        """Take away the labels by which kn-mirror finds it."""
        self._write({"metadata": {"labels": None}})

    def take_away(self) -> None:
        """Delete it."""
        if self._theirs() is None:
            self.hands.delete(self.place)

    def take_over(self) -> None:
        """Delete it, and make an object of their own there."""
        if self._theirs() is None:
            self.hands.delete(self.place)
            body = self.hands.fields(self.stage.new_content())
            self._hold(self.place, self.hands.create(self.place, body, by="kubectl-create"))

    def replace(self) -> None:
        """Write an object of their own in its place."""
        if self._theirs() is None:
            body = self.hands.fields(self.stage.new_content())
            self._hold(self.place, self.hands.replace(self.place, body, by="kubectl-replace"))

    def disown(self) -> None:
        """Take away the annotations that say what it is, to have it for themselves."""
        if self._theirs() is None:
            change: Body = {"metadata": {"annotations": dict.fromkeys(_RECORD)}}
            self._hold(self.place, self.hands.patch(self.place, change, by="kubectl-annotate"))

    def copy_elsewhere(self) -> None:
        """Copy it whole to another namespace, as kubectl shows it."""
        self._copy(Place("team", self.place.name))

    def copy_beside(self) -> None:
        """Copy it whole under another name, before they change something."""
        self._copy(Place(self.place.namespace, f"{self.place.name}-backup"))

    def _copy(self, to: Place) -> None:
        found = self.hands.get(self.place)
        if not found or self.hands.get(to):
            return
        copy = self.hands.create(to, bare(found), by="kubectl-client-side-apply")
        if annotations_of(found).get(names.ALLOWED) == "true":
            # What was moved there permits mirrors, and so does its copy.
            owner = next(actor for actor in self.stage.actors if isinstance(actor, Owner))
            claimed = owner.wishes.claimed(to)
            self.stage.claim(to, copy, "a person", Rule.SOURCE, **claimed)
        else:
            self._hold(to, copy)

    def _write(self, change: Body) -> None:
        if self._theirs() is None:
            self.hands.patch(self.place, change, by="kubectl-edit")

    def _theirs(self) -> object:
        return self.stage.claim_on(self.place, self.hands.get(self.place))

    def _hold(self, place: Place, body: Body | None) -> None:
        self.stage.claim(place, body, "a person", Rule.HELD)
