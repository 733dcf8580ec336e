"""GitOps tools, which apply the same manifests every so often, each in its own way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from mirroring import names
from tests.e2e.actors.actors import Actor
from tests.e2e.actors.claims import Place, Rule
from tests.e2e.actors.hands import annotations_of, bare
from tests.e2e.actors.owners import Owner

if TYPE_CHECKING:
    from tests.e2e.actors.hands import Body

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(slots=True)
class GitOps(Actor):
    """A tool that applies a manifest at once and again and again, and looks at nothing in between.

    By its variant it applies as kubectl does on its own side, on the server's side, there with
    force, or writes the whole object.
    """

    deeds: ClassVar[tuple[str, ...]] = ("sync",)
    manifest: Body = field(default_factory=dict)

    def sync(self) -> None:
        """Apply the manifest, from now on every so often."""
        self.manifest = self.manifest or self.render()
        if self.manifest and self.is_free():
            self.applied(self._apply())

    def interval(self) -> None:
        """Apply it again."""
        if self.manifest and self.is_free():
            self.stage.synced[self.place] += 1
            self.applied(self._apply())

    def render(self) -> Body:
        """Return what is in git."""
        return self.hands.fields(self.stage.new_content())

    def applied(self, body: Body | None) -> None:
        """Note whose the object is: who applies onto a mirror does not know that it is one."""
        if body is None:
            return
        if annotations_of(body).get(names.AUTO_REFLECTS) == "True":
            self.stage.fought_over.add(self.place)
        else:
            self.stage.claim(self.place, body, "a GitOps tool", Rule.HELD)

    def is_free(self) -> bool:
        """Whether the object there is nobody else's, or nothing is there."""
        claim = self.stage.claim_on(self.place, self.hands.get(self.place))
        return claim is None or claim.holder == "a GitOps tool"

    def _apply(self) -> Body | None:
        match self.variant:
            case 0:
                return self._merge()
            case 1 | 2:
                force = self.variant == 2
                return self.hands.apply(self.place, self.manifest, by="kustomize", force=force)
        found = self.hands.replace(self.place, self.manifest, by="argocd")
        return found or self.hands.create(self.place, self.manifest, by="argocd")

    def _merge(self) -> Body | None:
        """Apply as kubectl does: all that the manifest says, and what it does not is left."""
        metadata = self.manifest.get("metadata", {})
        note = {_LAST_APPLIED: json.dumps(self.manifest, sort_keys=True)}
        annotated = {**metadata, "annotations": {**metadata.get("annotations", {}), **note}}
        body = {**self.manifest, "metadata": annotated}
        found = self.hands.patch(self.place, body, by="kubectl-client-side-apply")
        return found or self.hands.create(self.place, body, by="kubectl-client-side-apply")


@dataclass(slots=True)
class StubGitOps(GitOps):
    """One whose manifest is a pull mirror, with the empty keys that its type asks for."""

    of: Place = field(default_factory=lambda: Place("app", "tls"))

    def begin(self) -> None:
        """Be concerned with an object of its own, in a namespace that gets no mirror unasked."""
        self.of, self.place = self.place, Place("team", "pulled")

    def render(self) -> Body:
        """Return what is in git."""
        annotations = {names.REFLECTS: str(self.of)}
        return {"metadata": {"annotations": annotations}, **self.hands.fields({"key": ""})}

    def applied(self, body: Body | None) -> None:
        """Declare it a pull mirror."""
        self.stage.claim(self.place, body, "a GitOps tool", Rule.STUB, of=self.of)


@dataclass(slots=True)
class SourceGitOps(GitOps):
    """One whose manifest is the source's, which people change beside it."""

    def begin(self) -> None:
        """Be concerned with the source."""
        self.place = next(a.source for a in self.stage.actors if isinstance(a, Owner))

    def render(self) -> Body:
        """Return what is in git: the source as it was when that was written."""
        found = self.hands.get(self.place)
        if found is None or names.ALLOWED not in annotations_of(found):
            return {}
        body = bare(found)
        del body["metadata"]["labels"]
        return body

    def is_free(self) -> bool:
        """Whatever is there is overwritten."""
        return True

    def applied(self, body: Body | None) -> None:
        """Declare it a source."""
        owner = next(a for a in self.stage.actors if isinstance(a, Owner))
        claimed = owner.wishes.claimed(self.place)
        self.stage.claim(self.place, body, "a GitOps tool", Rule.SOURCE, **claimed)
