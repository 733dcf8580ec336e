"""Sources: the objects whose annotations permit mirrors of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mirroring import names
from mirroring.codes import Code, Reason
from mirroring.objects.hash_keys import HashKeys, signer
from mirroring.objects.references import Ref
from mirroring.ownership.records import may_go_on_with, predecessor_of
from mirroring.policies.drift_policies import DriftPolicy
from mirroring.policies.kept_names import kept_because
from mirroring.policies.misreadings import misread
from mirroring.policies.patterns import PatternList
from mirroring.policies.projections import Projection
from mirroring.policies.quoting import quoted
from mirroring.policies.roles import is_source, mirror_name
from mirroring.policies.rules import Rules
from mirroring.policies.standing import meetable, readable
from mirroring.verdicts import Answer, Verdict, no, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata, Namespace, Object
    from mirroring.policies.rules import ReadList

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Source:
    """What mirrors are of: an object that permits them, or that is gone or permits none.

    Args:
        ref: what it is called, whether it exists or not.
        standing: whether it is to have mirrors at all: yes; no, since it is gone or permits none;
            unknown, since its owner's wishes cannot be read or met.
        metadata: its own; None when it is gone.
        content: what its mirrors get of what it holds; None when that is not read yet.
        rules: where they may be.
        projection: what they take of it.
        drift_policy: what is done about those that were edited or deleted.
        withheld: annotations that are not copied, since they hold what mirrors shall not have; None
            when the content is not read yet.
        noted_hash: the hash of its content, where that was read in this very version before.
        hash_keys: those that hashes of its content are signed with.
    """

    ref: Ref
    standing: Verdict
    metadata: Metadata | None = None
    content: Content | None = None
    rules: Rules = field(default_factory=lambda: Rules.read({}))
    projection: Projection = field(default_factory=Projection)
    drift_policy: DriftPolicy = field(default_factory=DriftPolicy)
    withheld: frozenset[str] | None = None
    noted_hash: str = ""
    hash_keys: HashKeys = field(default_factory=HashKeys)

    @classmethod
    def of(
        cls, ref: Ref, metadata: Metadata | None, *, read_list: ReadList = PatternList.parse
    ) -> Source:
        """Read the annotations of an object whose content is not read yet, or that is gone."""
        if metadata is None:
            return cls(ref, no(f"{ref} is gone, or was never there", Code.GONE))
        permits = is_source(metadata)
        if not permits:
            because = f"{ref} permits no mirrors: {permits.because}"
            return cls(ref, no(because, permits.code), metadata)
        annotated = metadata.annotations
        projection = Projection.read(annotated)
        return cls(
            ref=ref,
            standing=readable(metadata, projection),
            metadata=metadata,
            rules=Rules.read(annotated, read_list=read_list),
            projection=projection,
            drift_policy=DriftPolicy.read(annotated),
        )

    @classmethod
    def read(
        cls, ref: Ref, found: Object | None, *, read_list: ReadList = PatternList.parse
    ) -> Source:
        """Read an object, its content too."""
        source = cls.of(ref, None if found is None else found.metadata, read_list=read_list)
        if found is None or source.standing.answer is Answer.NO:
            return source
        content = source.projection.of(found.content)
        is_read = bool(source.standing)
        standing = meetable(source.projection, found.content) if is_read else source.standing
        withheld = source.projection.withheld(found.metadata.annotations, found.content)
        return replace(source, standing=standing, content=content, withheld=withheld)

    @property
    def version(self) -> tuple[str, str] | None:
        """Differs between any two states that it was ever in; None when it is gone."""
        return None if self.metadata is None else self.metadata.version

    @property
    def predecessor(self) -> Ref | None:
        """The source that it mirrored before it became one itself."""
        return predecessor_of(self.metadata) if self.standing and self.metadata else None

    def may_go_on_with(self, mirror: Metadata) -> bool:
        """Whether it may go on with a mirror of its predecessor."""
        return self.metadata is not None and may_go_on_with(self.metadata, mirror)

    @property
    def content_hash(self) -> str:
        """The hash of its content, signed with the newest key; empty when that is not known."""
        if self.content is None:
            return self.noted_hash
        return self.hash_keys.sign(self.content.hash, self.ref)

    def hash_as(self, written: str) -> str:
        """Return the hash of its content, signed as another one is; empty when not known."""
        if self.content is None:
            return self.noted_hash if signer(self.noted_hash) == signer(written) else ""
        return self.hash_keys.sign_as(written, self.content.hash, self.ref)

    @property
    def mirror_name(self) -> str:
        """What its mirrors are called."""
        return mirror_name(self.metadata) if self.metadata else self.ref.name

    def mirror_in(self, namespace: str) -> Ref:
        """Name its mirror in a namespace."""
        return Ref(self.ref.kind, namespace, self.mirror_name)

    @property
    def copied_labels(self) -> Mapping[str, str]:
        """Those of its labels that its mirrors get."""
        return self.projection.labels.pick(self.metadata.labels if self.metadata else {})

    @property
    def copied_annotations(self) -> dict[str, str]:
        """Those of its annotations that its mirrors get."""
        picked = self.projection.annotations.pick(
            self.metadata.annotations if self.metadata else {}
        )
        withheld = self.withheld or frozenset()
        return {name: value for name, value in picked.items() if name not in withheld}

    def permits_auto(self, namespace: Namespace) -> Verdict:
        """Decide whether a namespace gets a mirror automatically, by both owners' word."""
        if not self.standing:
            return self.standing
        if kept := kept_because(self.ref.kind, self.mirror_name):
            return no(kept, Code.KEPT_NAME)
        if not namespace.accepts(self.ref):
            return self._not_accepted(namespace)
        return self.rules.permits_auto(namespace)

    def asks(self, namespace: Namespace) -> Verdict:
        """Decide whether a namespace gets a mirror that is not there yet.

        Of another name than the source's it takes the word of the namespace's owner, as it does of
        any name in a reserved namespace; where such a mirror was made before anybody was asked, it
        stays and follows its source.
        """
        permitted = self.permits_auto(namespace)
        if permitted and namespace.reserved and not namespace.names(self.ref):
            return no(
                f"namespace {namespace.name} is reserved, by the settings, and does not name "
                f"{self.ref.path} in {names.ACCEPT}",
                Code.RESERVED,
            )
        is_named_otherwise = self.mirror_name != self.ref.name
        if not permitted or not is_named_otherwise or self.is_trusted_in(namespace):
            return permitted
        remedy = f"annotate that namespace {names.ACCEPT}={self.ref.path}"
        return no(
            f"namespace {namespace.name} does not name {self.ref.path} in {names.ACCEPT}, which a "
            f"mirror of another name needs: {remedy}",
            Code.NAME_NOT_ACCEPTED,
        )

    def is_trusted_in(self, namespace: Namespace) -> bool:
        """Whether a namespace takes of the source what Reflector never had."""
        return namespace.trusting or namespace.names(self.ref)

    def permits(self, namespace: Namespace) -> Verdict:
        """Decide whether a namespace may hold a pull mirror, by both owners' word, too."""
        if not self.standing:
            return self.standing
        if not namespace.accepts(self.ref):
            return self._not_accepted(namespace)
        return self.rules.permits(namespace)

    def unheeded_in(self, namespace: Namespace) -> str:
        """Say what the source asks for that a namespace which gets mirrors has no word for."""
        if namespace.names(self.ref) or not self.wishes or not self.permits_auto(namespace):
            return ""
        where = f"in namespaces only whose {names.ACCEPT} names {self.ref.path}"
        if not namespace.trusting:
            return f"{', '.join(self.wishes)}: heeded {where}, by KN_MIRROR_CONSENT"
        taken = [*self.projection.labels.taken(), *self.projection.annotations.taken()]
        if not taken:
            return ""
        named = ", ".join(map(quoted, taken[:_MOST_NAMED]))
        return f"{named}: some tool takes what carries it for its own, so it is copied {where}"

    @property
    def wishes(self) -> list[str]:
        """Name the annotations by which it asks for what Reflector never had, and namespaces take.

        Not those by which its mirrors get less than all of it.
        """
        projection = self.projection
        asked = {
            names.NAME: self.mirror_name != self.ref.name,
            names.COPY_LABELS: bool(projection.labels),
            names.COPY_ANNOTATIONS: bool(projection.annotations),
        }
        return [name for name, is_asked in asked.items() if is_asked]

    def problems(self) -> list[Reason]:
        """Say what its owner ought to correct, as far as judging has come upon it."""
        found = misread(self.metadata) if self.metadata else []
        if self.standing.answer is Answer.UNKNOWN:
            return [Reason(self.standing.because, self.standing.code), *found]
        if not self.standing:
            return found
        return [
            *self._told_name(),
            *self.rules.problems(),
            *self._told_copies(),
            *self._told_withheld(),
            *found,
        ]

    def _told_name(self) -> Iterator[Reason]:
        if kept := kept_because(self.ref.kind, self.mirror_name):
            yield Reason(kept, Code.KEPT_NAME)

    def _told_copies(self) -> list[Reason]:
        found = self.metadata
        return self.projection.problems(found.labels, found.annotations) if found else []

    def _told_withheld(self) -> Iterator[Reason]:
        for name in sorted(filter(self.projection.annotations.names, self.withheld or ())):
            because = f"{quoted(name)} holds what {names.KEYS} leaves out, so it is not copied"
            yield Reason(because, Code.WITHHELD)

    def _not_accepted(self, namespace: Namespace) -> Verdict:
        if namespace.accepted is not None and (problem := namespace.accepted.problem):
            because = f"namespace {namespace.name}: {names.ACCEPT}: {problem}"
            return unknown(because, Code.UNREADABLE_ACCEPT)
        because = f"namespace {namespace.name} does not accept {self.ref.path}, by {names.ACCEPT}"
        return no(because, Code.NOT_ACCEPTED)
