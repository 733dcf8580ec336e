"""Owners of sources: people with kubectl, and cert-manager."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mirroring import names
from tests.e2e.actors.actors import Actor
from tests.e2e.actors.claims import Place, Rule
from tests.e2e.actors.hands import annotations_of

if TYPE_CHECKING:
    from tests.e2e.actors.hands import Body, Content
    from tests.e2e.actors.servers import Change

# By these labels other tools delete what is not theirs, or write into what is.
SET_LABEL: Final = "objectset.rio.cattle.io/hash"
INJECTED_LABEL: Final = "config.openshift.io/inject-trusted-cabundle"


@dataclass(slots=True)
class Wishes:
    """What a source asks for.

    Args:
        namespaces: that get a mirror.
        further: that may hold a pull mirror, too.
        name: of the mirrors, where it is not the source's.
        is_heard: whether namespaces take mirrors of that name, too.
        copies_labels: whether mirrors get its labels.
        immutable: whether nobody may change it, so that it is renewed by another.
    """

    namespaces: tuple[str, ...]
    further: tuple[str, ...] = ()
    name: str = ""
    is_heard: bool = True
    copies_labels: bool = False
    immutable: bool = False

    @property
    def metadata(self) -> Body:
        """The labels and annotations of the source."""
        annotations = {
            names.ALLOWED: "true",
            names.AUTO_ENABLED: "true",
            names.ALLOWED_NAMESPACES: ",".join((*self.namespaces, *self.further)),
            names.AUTO_NAMESPACES: ",".join(self.namespaces),
        }
        labels = {}
        if self.name:
            annotations[names.NAME] = self.name
        if self.copies_labels:
            annotations[names.COPY_LABELS] = "*"
            labels = {SET_LABEL: "a1b2", INJECTED_LABEL: "true", "team": "platform"}
        return {"annotations": annotations, "labels": labels}

    def mirrors_of(self, place: Place) -> frozenset[Place]:
        """Return where mirrors of a source are to be."""
        name = self.name or place.name
        if name != place.name and not self.is_heard:
            return frozenset()
        return frozenset(
            Place(namespace, name) for namespace in self.namespaces if namespace != place.namespace
        )

    def claimed(self, place: Place) -> dict[str, Any]:
        """Return what is noted in a claim of a source in this place."""
        permits = frozenset((*self.namespaces, *self.further))
        return {"mirrors": self.mirrors_of(place), "permits": permits}


@dataclass(slots=True)
class Owner(Actor):
    """A person with kubectl, whose the source is, who also moves it onto one of its mirrors."""

    deeds: ClassVar[tuple[str, ...]] = (
        "renew",
        "remake",
        "remake_bare",
        "strip",
        "delete",
        "restore",
        "move",
        "move_hastily",
    )
    manager: ClassVar[str] = "kubectl-client-side-apply"
    wishes: Wishes = field(default_factory=lambda: Wishes(("new", "app")))
    source: Place = field(default_factory=lambda: Place("old", "tls"))

    def begin(self) -> None:
        """Make the source."""
        self._create(self._new())

    def renew(self) -> None:
        """Change its content; what is immutable is made anew."""
        if self.wishes.immutable:
            self.remake()
        else:
            self.hands.patch(self.source, self.hands.fields(self._new()), by=self.manager)

    def remake(self) -> None:
        """Delete it and make it again with other content, before anybody looks."""
        self.delete()
        self._create(self._new())

    def remake_bare(self) -> None:
        """Delete it and make it again, but forget the annotations."""
        self.delete()
        body = self.hands.create(self.source, self.hands.fields(self._new()), by="kubectl-create")
        self._hold(body)

    def strip(self) -> None:
        """Write it whole, without the annotations and labels that it had."""
        body = self.hands.replace(self.source, self.hands.fields(self._new()), by="kubectl-replace")
        self._hold(body)

    def delete(self) -> None:
        """Delete it."""
        self._end(self.source)

    def restore(self) -> None:
        """Apply its manifest again, whether it is there or not."""
        self._apply(self.source, self._new())

    def move(self) -> None:
        """Apply its manifest where a mirror is, then delete the old one."""
        before = self.source
        self._move_to(self.place)
        if before != self.place:
            self._end(before, self.place)

    def move_hastily(self) -> None:
        """Delete the old one first."""
        self._end(self.source, self.place)
        self._move_to(self.place)

    def _move_to(self, place: Place) -> None:
        content = self.hands.content(self.source) or self._new()
        before, self.source = self.source, place
        found = self.hands.get(place)
        was_mirror = found is not None and _is_mirror_of(found, before)
        self._apply(place, content)
        if was_mirror:
            self.stage.note_succession(place, before)

    def _end(self, place: Place, to: Place | None = None) -> None:
        self.stage.note_end(place, self.wishes.mirrors_of(place), to)
        self.hands.delete(place)
        self.stage.claims.pop(place, None)

    def _apply(self, place: Place, content: Content) -> None:
        change = self._manifest(content)
        found = self.hands.patch(place, change, by=self.manager)
        if found is None and self.hands.get(place) is None:
            found = self.hands.create(place, change, by=self.manager)
        self._declare(place, found)

    def _create(self, content: Content) -> None:
        self._declare(
            self.source,
            self.hands.create(self.source, self._manifest(content), by=self.manager),
        )

    def _manifest(self, content: Content) -> Body:
        fixed = {"immutable": True} if self.wishes.immutable else {}
        return {"metadata": self.wishes.metadata, **self.hands.fields(content), **fixed}

    def _declare(self, place: Place, body: Body | None) -> None:
        self.stage.claim(
            place, body, type(self).__name__, Rule.SOURCE, **self.wishes.claimed(place)
        )

    def _hold(self, body: Body | None) -> None:
        self.stage.claim(self.source, body, type(self).__name__, Rule.HELD)

    def _new(self) -> Content:
        return self.stage.new_content()


@dataclass(slots=True)
class Issuer(Owner):
    """cert-manager: keeps the Secrets of Certificates, by server-side apply, whatever happens.

    Its Secret is made again when it is gone; a Certificate that moves takes the mirror that has its
    Secret's name.
    """

    deeds: ClassVar[tuple[str, ...]] = ("renew", "lose", "move", "move_hastily", "end")
    manager: ClassVar[str] = "cert-manager-certificates-issuing"
    certificates: set[Place] = field(default_factory=set)

    def begin(self) -> None:
        """Issue the certificate."""
        self.certificates.add(self.source)
        self._issue(self.source)

    def renew(self) -> None:
        """Issue it anew."""
        self._issue(self.source)

    def lose(self) -> None:
        """Have somebody delete the Secret, so that it is issued anew."""
        self.delete()

    def end(self) -> None:
        """Delete the Certificate, and its Secret."""
        self.certificates.discard(self.source)
        self.delete()

    def notice(self, change: Change) -> None:
        """Issue what is gone, or is no longer the Certificate's."""
        if change.place in self.certificates:
            found = self.hands.get(change.place)
            if found is None or names.CERTIFICATE not in annotations_of(found):
                self._issue(change.place)

    def move(self) -> None:
        """Make the same Certificate where a mirror is, then delete the old one."""
        before = self.source
        self._issue_at(self.place)
        self._end_at(before)

    def move_hastily(self) -> None:
        """Delete the old one first."""
        before, self.source = self.source, self.place
        self._end_at(before)
        self._issue_at(self.place, before)

    def _issue_at(self, place: Place, before: Place | None = None) -> None:
        before, self.source = before or self.source, place
        found = self.hands.get(place)
        was_mirror = found is not None and _is_mirror_of(found, before)
        self.certificates.add(place)
        self._issue(place)
        if was_mirror:
            self.stage.note_succession(place, before)

    def _end_at(self, place: Place) -> None:
        if place != self.place:
            self.certificates.discard(place)
            self._end(place, self.place)

    def _issue(self, place: Place) -> None:
        body: dict[str, Any] = self._manifest(self._new())
        body["metadata"]["annotations"][names.CERTIFICATE] = place.name
        self._declare(place, self.hands.apply(place, body, by=self.manager, force=True))


@dataclass(slots=True)
class Rival(Owner):
    """The owner of another source of the same name, or of one whose mirrors are called so."""

    deeds: ClassVar[tuple[str, ...]] = ("renew", "delete", "restore", "strip")
    source: Place = field(default_factory=lambda: Place("rival", "tls"))


def _is_mirror_of(found: Body, source: Place) -> bool:
    return annotations_of(found).get(names.REFLECTS) == str(source)
