"""Sources: the objects whose annotations permit mirrors of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.objects.references import Ref, is_object_name
from mirroring.ownership.records import bookkeeping
from mirroring.policies.projections import Shape
from mirroring.policies.rules import Rules, is_true
from mirroring.policies.upkeep import Upkeep
from mirroring.verdicts import Verdict, no, yes

if TYPE_CHECKING:
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata, Namespace, Object

_REFUSED_TYPES = {
    "kubernetes.io/service-account-token": "it belongs to one ServiceAccount alone",
    "bootstrap.kubernetes.io/token": "it lets a machine join the cluster",
}


@dataclass(frozen=True, slots=True)
class Source:
    """An object that permits mirrors, at the moment it was read.

    Args:
        metadata: its own.
        content: what its mirrors get of what it holds.
        rules: where they may be.
        shape: what they take of it.
        upkeep: what is done about those that were edited.
        mirrorable: whether its content may leave its namespace at all.
    """

    metadata: Metadata
    content: Content
    rules: Rules
    shape: Shape = field(default_factory=Shape)
    upkeep: Upkeep = field(default_factory=Upkeep)
    mirrorable: Verdict = field(default_factory=lambda: yes(""))

    @classmethod
    def of(cls, found: Object) -> Source:
        """Read the annotations of an object that `is_source`."""
        annotated = found.metadata.annotations
        shape = Shape.read(annotated)
        return cls(
            metadata=found.metadata,
            content=shape.of(found.content),
            rules=Rules.read(annotated),
            shape=shape,
            upkeep=Upkeep.read(annotated),
            mirrorable=_is_mirrorable(found, shape),
        )

    @property
    def mirror_name(self) -> str:
        """What its mirrors are called."""
        return mirror_name(self.metadata)

    def mirror_in(self, namespace: str) -> Ref:
        """Name its mirror in a namespace."""
        return Ref(self.ref.kind, namespace, self.mirror_name)

    @property
    def copied_labels(self) -> dict[str, str]:
        """Those of its labels that its mirrors get."""
        return self.shape.labels.pick(self.metadata.labels)

    @property
    def copied_annotations(self) -> dict[str, str]:
        """Those of its annotations that its mirrors get."""
        return self.shape.annotations.pick(self.metadata.annotations)

    @property
    def ref(self) -> Ref:
        """What it is called."""
        return self.metadata.ref


def is_source(metadata: Metadata) -> Verdict:
    """Decide whether an object permits mirrors of itself; a mirror never does."""
    if bookkeeping(metadata):
        return no("it is a mirror itself")
    if not is_true(metadata.annotations.get(names.ALLOWED)):
        return no("reflection-allowed is not true")
    return yes("reflection-allowed is true")


def is_marked(metadata: Metadata) -> bool:
    """Whether an object carries the label by which sources are found.

    On an object that is no source any more it means that mirrors may be left to withdraw.
    """
    return metadata.labels.get(names.ROLE) == names.ROLE_SOURCE


def permits_auto(source: Ref, rules: Rules, namespace: Namespace) -> Verdict:
    """Decide whether a namespace gets a mirror unasked, by its owner's word and the source's."""
    if not namespace.accepts(source):
        return _not_accepted(source, namespace)
    return rules.permits_auto(namespace)


def permits(source: Ref, rules: Rules, namespace: Namespace) -> Verdict:
    """Decide whether a namespace may hold a pull mirror, by both owners' word, too."""
    if not namespace.accepts(source):
        return _not_accepted(source, namespace)
    return rules.permits(namespace)


def _not_accepted(source: Ref, namespace: Namespace) -> Verdict:
    return no(f"namespace {namespace.name} does not accept {source.path}, by {names.ACCEPT}")


def mirror_name(source: Metadata) -> str:
    """Return what mirrors of a source are called: as it is, unless its owner says otherwise."""
    return source.annotations.get(names.NAME, "").strip() or source.ref.name


def _is_mirrorable(found: Object, shape: Shape) -> Verdict:
    content, name = found.content, mirror_name(found.metadata)
    if not is_object_name(name):
        return no(f"{names.NAME}: {name!r} is not the name of a {found.metadata.ref.kind}")
    if lacking := shape.shortcoming(content):
        return no(lacking)
    if content.type.startswith("helm.sh/"):
        return no(f"type {content.type} is never mirrored: it is Helm's own record of a release")
    if reason := _REFUSED_TYPES.get(content.type):
        return no(f"type {content.type} is never mirrored: {reason}")
    return yes("")
