"""Limits: what an operator keeps kn-mirror from, whatever annotations say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from mirroring.objects.globs import Globs
from mirroring.objects.references import MIRRORED_KINDS
from mirroring.policies.precedence import Precedence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.objects.references import Kind, Ref


class Consent(Enum):
    """Who says where a source has what Reflector never had: mirrors of another name, and copies."""

    NAMESPACES = "namespaces"  # the owner of each, whose `accept` names the source
    SOURCES = "sources"  # whoever may write a source


class Side(NamedTuple):
    """The namespaces of one side, sources' or targets'.

    Args:
        included: the only ones; empty for all.
        excluded: those that are out, though they are included.
    """

    included: Globs = Globs()
    excluded: Globs = Globs()

    def permits(self, namespace: str) -> bool:
        """Whether a namespace is among them."""
        included = not self.included or self.included.match(namespace)
        return included and not self.excluded.match(namespace)


@dataclass(frozen=True, slots=True)
class Limits:
    """What kn-mirror looks at.

    Beyond its limits kn-mirror does nothing at all: what is there stays, mirrors too.

    Args:
        sources: where sources may be.
        targets: where mirrors may be written.
        kinds: of the objects that are mirrored.
        platform: the namespaces whose sources come first where others want the same place.
        consent: who says where a source has what Reflector never had.
        reserved: the namespaces that take only mirrors of sources which they accept by name.
    """

    sources: Side = field(default_factory=Side)
    targets: Side = field(default_factory=Side)
    kinds: tuple[Kind, ...] = MIRRORED_KINDS
    platform: Globs = field(default_factory=Globs)
    consent: Consent = Consent.NAMESPACES
    reserved: Globs = field(default_factory=Globs)

    def of(self, namespace: str) -> Limits:
        """Return the same where kn-mirror is in a namespace; where any is reserved that is, too."""
        if not self.reserved:
            return self
        patterns = (*self.reserved.patterns, namespace)
        return replace(self, reserved=replace(self.reserved, patterns=patterns))

    @property
    def precedence(self) -> Precedence:
        """The order of sources that want the same place."""
        return Precedence(self.platform, self.sources.included)

    def excluded(self, sources: Iterable[Ref]) -> dict[Ref, str]:
        """Say why sources are not followed, of those that may not be."""
        return {ref: because for ref in sources if (because := self.excluded_because(ref))}

    def excluded_because(self, source: Ref) -> str:
        """Say why a source is not followed; empty when it may be."""
        if source.kind not in self.kinds:
            return f"{source.kind}s are not mirrored, by KN_MIRROR_KINDS"
        if not self.sources.permits(source.namespace):
            return f"sources in namespace {source.namespace} are not followed, by the settings"
        return ""
