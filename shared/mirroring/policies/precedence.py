"""Precedence: which of several sources that want the same place comes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.objects.globs import Globs

if TYPE_CHECKING:
    from mirroring.objects.references import Ref
    from mirroring.policies.sources import Source

_NEVER = "~"  # sorts behind every time


class Rank(IntEnum):
    """Whose a source is, as far as the operator has said; those of a lower rank come first."""

    PLATFORM = 0  # in one of KN_MIRROR_PLATFORM_NAMESPACES
    FOLLOWED = 1  # in one of KN_MIRROR_SOURCE_NAMESPACES, or anywhere where that is not set
    BEYOND = 2


class Standing(NamedTuple):
    """What decides between sources, in this order.

    Args:
        rank: whose it is.
        is_new: whether it is not one whose mirror was there a moment ago, and that is made again.
        created: when it was made, as the API server writes it.
        path: its own.
    """

    rank: Rank
    is_new: bool
    created: str
    path: str


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of sources: the platform's, then the older, then by path.

    Args:
        platform: the namespaces of the platform's.
        followed: the only ones whose sources are followed; empty for all.
    """

    platform: Globs = field(default_factory=Globs)
    followed: Globs = field(default_factory=Globs)

    def rank(self, source: Ref) -> Rank:
        """Say whose a source is."""
        if self.followed and not self.followed.match(source.namespace):
            return Rank.BEYOND
        return Rank.PLATFORM if self.platform.match(source.namespace) else Rank.FOLLOWED

    def outranks(self, one: Ref, other: Ref) -> bool:
        """Whether a source takes over what another one holds; its age alone is no reason."""
        return self.rank(one) < self.rank(other)

    @property
    def is_by_age(self) -> bool:
        """Whether no source outranks another."""
        return not (self.platform or self.followed)

    def standing(self, source: Source, *, is_new: bool = True) -> Standing:
        """Say where a source stands; of two the lesser comes first."""
        created = source.metadata.created if source.metadata else ""
        return Standing(self.rank(source.ref), is_new, created or _NEVER, source.ref.path)


BY_AGE: Final = Precedence()


def because(first: Standing, other: Standing) -> str:
    """Say why a source comes before another one."""
    if first.rank is not other.rank:
        return "is the platform's, by the settings"
    if first.is_new is not other.is_new:
        return "was there a moment ago"
    return "is older" if first.created != other.created else "is first by its name"
