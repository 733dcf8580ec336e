"""Sources: the objects whose annotations permit mirrors of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirroring import vocabulary
from mirroring.bookkeeping import bookkeeping
from mirroring.rules import Rules, is_true
from mirroring.verdicts import Verdict, no, yes

if TYPE_CHECKING:
    from mirroring.objects import Content, Metadata, Object
    from mirroring.references import Ref

_REFUSED_TYPES = {
    "kubernetes.io/service-account-token": "it belongs to one ServiceAccount alone",
    "bootstrap.kubernetes.io/token": "it lets a machine join the cluster",
}


@dataclass(frozen=True, slots=True)
class Source:
    """An object that permits mirrors, at the moment it was read."""

    metadata: Metadata
    content: Content
    rules: Rules

    @classmethod
    def of(cls, found: Object) -> Source:
        """Read the rules of an object that `is_source`."""
        return cls(found.metadata, found.content, Rules.read(found.metadata.annotations))

    @property
    def ref(self) -> Ref:
        """What it is called."""
        return self.metadata.ref


def is_source(metadata: Metadata) -> Verdict:
    """Decide whether an object permits mirrors of itself; a mirror never does."""
    if bookkeeping(metadata):
        return no("it is a mirror itself")
    if not is_true(metadata.annotations.get(vocabulary.ALLOWED)):
        return no("reflection-allowed is not true")
    return yes("reflection-allowed is true")


def is_marked(metadata: Metadata) -> bool:
    """Whether an object carries the label by which sources are found.

    On an object that is no source any more it means that mirrors may be left to withdraw.
    """
    return metadata.labels.get(vocabulary.ROLE) == vocabulary.ROLE_SOURCE


def is_mirrorable(content: Content) -> Verdict:
    """Decide whether content of this type may leave its namespace at all."""
    if content.type.startswith("helm.sh/"):
        return no(f"type {content.type} is never mirrored: it is Helm's own record of a release")
    if reason := _REFUSED_TYPES.get(content.type):
        return no(f"type {content.type} is never mirrored: {reason}")
    return yes("")
