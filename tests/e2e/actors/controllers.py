"""Controllers that react to every change, and never give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mirroring import names
from tests.e2e.actors.actors import Actor
from tests.e2e.actors.claims import Rule
from tests.e2e.actors.hands import annotations_of, content_of, labels_of
from tests.e2e.actors.owners import INJECTED_LABEL, SET_LABEL

if TYPE_CHECKING:
    from tests.e2e.actors.hands import Body, Content
    from tests.e2e.actors.servers import Change


_OPERATOR: Final = "an operator"


@dataclass(slots=True)
class Insister(Actor):
    """A controller that undoes whatever is written in its place.

    It insists on its own content, or that there is none of what kn-mirror writes beside it: labels,
    annotations, a key.
    """

    deeds: ClassVar[tuple[str, ...]] = ("insist",)
    wanted: Content | None = None

    def insist(self) -> None:
        """Begin, for ever."""
        self.wanted = self.wanted or self.stage.new_content()
        self.stage.fought_over.add(self.place)
        self._undo()

    def notice(self, change: Change) -> None:
        """Undo it."""
        if self.wanted is not None and change.place == self.place:
            self._undo()

    def _undo(self) -> None:
        found = self.hands.get(self.place)
        if found is None or self.stage.claim_on(self.place, found):
            # It is concerned with mirrors.
            return
        if change := self._change(found):
            self.hands.patch(self.place, change, by="insister")

    def _change(self, found: Body) -> Body:
        if self.variant == 1:
            theirs = [label for label in labels_of(found) if label.startswith("kn-mirror.dev/")]
            return {"metadata": {"labels": dict.fromkeys(theirs)}} if theirs else {}
        if self.variant == 2:
            theirs = [name for name in annotations_of(found) if name == names.CONTENT_HASH]
            return {"metadata": {"annotations": dict.fromkeys(theirs)}} if theirs else {}
        content = content_of(found, self.hands.kind)
        return {} if content == self.wanted else self.hands.fields(self.wanted or {})


@dataclass(slots=True)
class Operator(Actor):
    """An operator that takes ownership of what has its object's name, as External Secrets does."""

    deeds: ClassVar[tuple[str, ...]] = ("adopt", "renew")
    wanted: Content | None = None

    def adopt(self) -> None:
        """Be given an object to keep there, for ever."""
        self.wanted = self.wanted or self.stage.new_content()
        self._reconcile()

    def renew(self) -> None:
        """Have other content for it."""
        if self.wanted is not None:
            self.wanted = self.stage.new_content()
            self._reconcile()

    def notice(self, change: Change) -> None:
        """Reconcile it."""
        if self.wanted is not None and change.place == self.place:
            self._reconcile()

    def _reconcile(self) -> None:
        found, wanted = self.hands.get(self.place), self.wanted or {}
        claim = self.stage.claim_on(self.place, found)
        if claim and claim.holder != _OPERATOR:
            # It was told by its user that the name is taken.
            return
        owners = [_owner_reference("ExternalSecret", "db")]
        body = {"metadata": {"ownerReferences": owners}, **self.hands.fields(wanted)}
        if found is None:
            found = self.hands.create(self.place, body, by="external-secrets")
        elif (
            content_of(found, self.hands.kind) != wanted
            or found["metadata"].get("ownerReferences") != owners
        ):
            found = self.hands.patch(
                self.place, {**body, **_only(found, body)}, by="external-secrets"
            )
        self.stage.claim(self.place, found, _OPERATOR, Rule.HELD)


@dataclass(slots=True)
class Collector(Actor):
    """Another tool that goes by labels of its own on whatever has them.

    It deletes what carries its label and is none of its objects, or writes into it. Its objects are
    those that people and tools declared.
    """

    def notice(self, change: Change) -> None:
        """Delete it, or write into it."""
        label = INJECTED_LABEL if self.variant else SET_LABEL
        if change.place in self.stage.claims or label not in (change.after or {}):
            return
        if not self.variant:
            self.hands.delete(change.place)
        elif "ca" not in (self.hands.content(change.place) or {"ca": ""}):
            self.hands.patch(change.place, self.hands.fields({"ca": "bundle"}), by="injector")


def _owner_reference(kind: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": kind,
        "name": name,
        "uid": "00000000-0000-4000-8000-000000000001",
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _only(found: Body, body: Body) -> Body:
    """Say as a merge patch that the data are these and no others."""
    gone = dict.fromkeys(key for key in found.get("data") or {} if key not in body["data"])
    return {"data": {**gone, **body["data"]}}
