"""Worlds: what is in a cluster, who is at work in it, and what they do in turn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from tests.e2e.actors.backups import Backup
from tests.e2e.actors.controllers import Collector, Insister, Operator
from tests.e2e.actors.copiers import Copier
from tests.e2e.actors.gitops import GitOps, SourceGitOps, StubGitOps
from tests.e2e.actors.owners import Issuer, Owner, Rival
from tests.e2e.actors.people import Person
from tests.e2e.actors.policies import Policy, Refuser
from tests.e2e.actors.stages import MANY, Overlay

if TYPE_CHECKING:
    from tests.e2e.actors.actors import Actor


class Role(Enum):
    """Who takes part."""

    OWNER = "the source's owner"
    ISSUER = "cert-manager"
    RIVAL = "the owner of another source"
    PERSON = "somebody with kubectl"
    INSISTER = "a controller that undoes what is written"
    OPERATOR = "an operator that takes ownership"
    COLLECTOR = "a tool that goes by labels"
    COPIER = "a copier"
    GIT_OPS = "a GitOps tool"
    STUB_GIT_OPS = "a GitOps tool with a pull mirror"
    SOURCE_GIT_OPS = "a GitOps tool with the source"
    BACKUP = "a backup"
    POLICY = "a policy that alters"
    REFUSER = "a policy that refuses"

    @property
    def actor(self) -> type[Actor]:
        """Who plays it."""
        return _ACTORS[self]


_ACTORS: Final[dict[Role, type[Actor]]] = {
    Role.OWNER: Owner,
    Role.ISSUER: Issuer,
    Role.RIVAL: Rival,
    Role.PERSON: Person,
    Role.INSISTER: Insister,
    Role.OPERATOR: Operator,
    Role.COLLECTOR: Collector,
    Role.COPIER: Copier,
    Role.GIT_OPS: GitOps,
    Role.STUB_GIT_OPS: StubGitOps,
    Role.SOURCE_GIT_OPS: SourceGitOps,
    Role.BACKUP: Backup,
    Role.POLICY: Policy,
    Role.REFUSER: Refuser,
}
_VARIANTS: Final = {
    Role.RIVAL: 3,
    Role.INSISTER: 3,
    Role.COLLECTOR: 2,
    Role.COPIER: 3,
    Role.GIT_OPS: 4,
    Role.STUB_GIT_OPS: 4,
    Role.SOURCE_GIT_OPS: 4,
    Role.BACKUP: 3,
    Role.POLICY: 5,
}


class Feature(Enum):
    """What is special about a world."""

    WIDE = "every namespace gets a mirror"
    RENAMED = "mirrors have another name than their source"
    COPIES = "mirrors get the labels of their source"
    IMMUTABLE = "source and mirrors are immutable"
    CHAIN = "a pull mirror is of a mirror"
    FORMER = "a source that is none any more has left a mirror"
    REFLECTORS = "Reflector has left a mirror"
    PLATFORM = "the source is in a namespace of the platform's, and others are not"
    LATE = "the source comes when all others are there"
    UNHEARD = "no namespace says which sources it takes"


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody at work in the cluster.

    Args:
        role: who.
        where: the namespace whose mirror they are concerned with.
        variant: which of their kind.
    """

    role: Role
    where: str = "app"
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that somebody does.

    Args:
        actor: who: 0 is the source's owner, the others are those of the cast.
        deed: what.
        at: before which request of the next event that is handled; 0 is before that event.
        heard: how many changes are told after that, before the next turn.
        tick: whether a tick comes then.
    """

    actor: int
    deed: str
    at: int = 0
    heard: int = MANY
    tick: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """A cluster and all that happens in it.

    Args:
        owner: whose the source is.
        cast: who else is there.
        turns: what they do.
        kind: of the objects.
        overlay: which events there are.
        features: what is special.
        kn_mirror_first: whether kn-mirror hears of changes before the others do.
    """

    owner: Part = Part(Role.OWNER, "new")
    cast: tuple[Part, ...] = ()
    turns: tuple[Turn, ...] = ()
    kind: str = "Secret"
    overlay: Overlay = Overlay.DROP_IN
    features: frozenset[Feature] = frozenset()
    kn_mirror_first: bool = True

    @property
    def parts(self) -> tuple[Part, ...]:
        """Who is there, in the order that turns count in."""
        return (self.owner, *self.cast)


# People do most different things.
_others: Final = [
    *(role for role in Role if role not in {Role.OWNER, Role.ISSUER}),
    *[Role.PERSON] * 3,
]


@st.composite
def _parts(draw: st.DrawFn) -> Part:
    role = draw(st.sampled_from(_others))
    where = draw(st.sampled_from(["app", "new", "web"]))
    return Part(role, where, draw(st.integers(0, _VARIANTS.get(role, 1) - 1)))


@st.composite
def worlds(draw: st.DrawFn, overlays: tuple[Overlay, ...] = tuple(Overlay)) -> World:
    """Draw a world."""
    owner = draw(st.sampled_from([Part(Role.OWNER, "new"), Part(Role.ISSUER, "new")]))
    is_secret = owner.role is Role.ISSUER
    cast = tuple(draw(st.lists(_parts(), max_size=2)))
    acting = [
        (number, name)
        for number, part in enumerate((owner, *cast))
        for name in part.role.actor.deeds
    ]
    # As much is done by the others together as by the owner.
    acting += [each for each in acting if each[0]]
    turn = st.builds(
        lambda who, at, heard, tick: Turn(who[0], who[1], at, heard, tick=tick),
        st.sampled_from(acting),
        st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8]),
        st.sampled_from([MANY, MANY, 0, 1]),
        st.sampled_from([False, False, True]),
    )
    return World(
        owner=owner,
        cast=cast,
        turns=tuple(draw(st.lists(turn, min_size=1, max_size=5))),
        kind="Secret" if is_secret else draw(st.sampled_from(["Secret", "ConfigMap"])),
        overlay=draw(st.sampled_from(overlays)),
        features=frozenset(draw(st.sets(st.sampled_from(list(Feature)), max_size=2))),
        kn_mirror_first=draw(st.booleans()),
    )
