"""The names that the story goes by: plain ones in the sandbox, its own on somebody's cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

_TEAMS: Final = 20
_PREFIX: Final = "kn-mirror-demo-"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in the story.

    Args:
        source: the namespace that the certificate is issued in.
        teams: those that are there from the beginning.
        newcomer: the one that comes later.
        loner: one of the teams, which has a Secret of its own under the certificate's name.
        patterns: the namespaces that the certificate's owner permits.
    """

    source: str
    teams: tuple[str, ...]
    newcomer: str
    loner: str
    patterns: str

    @classmethod
    def of_sandbox(cls) -> Self:
        """The names that one would expect."""
        return cls._named("", source="cert-manager", patterns="team-.*")

    @classmethod
    def of_cluster(cls) -> Self:
        """Names that nobody else has, and rules that reach nobody else."""
        return cls._named(_PREFIX, source=f"{_PREFIX}cert-manager", patterns=f"{_PREFIX}team-.*")

    @classmethod
    def _named(cls, prefix: str, *, source: str, patterns: str) -> Self:
        teams = tuple(f"{prefix}team-{number:02}" for number in range(1, _TEAMS + 1))
        return cls(source, teams, f"{prefix}team-new", teams[-1], patterns)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """All of them, in the order in which they are shown."""
        return (self.source, *self.teams, self.newcomer)
