"""Rows: the words in which states are written down.

Each row is written as though it were alone in a cluster: of Secret prod/tls, and its mirror in
namespace dev. `clusters` gives each names of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mirroring import names
from mirroring.codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

HELD: Final = "held by nobody but Secrets"
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})

ALLOWED: Final = {names.ALLOWED: "true"}
AUTO: Final = ALLOWED | {names.AUTO_ENABLED: "true"}
FOR_DEV: Final = AUTO | {names.AUTO_NAMESPACES: "dev"}
FOR_SHOP: Final = AUTO | {names.AUTO_NAMESPACES: "shop"}
PULLS: Final = {names.REFLECTS: "prod/tls"}
AS_A_MIRROR: Final = PULLS | {names.AUTO_REFLECTS: "True"}

# By namespace what its owner says of mirrors; in most nothing. `clusters` has one more, which goes.
NAMESPACES: Final[Mapping[str, Mapping[str, str]]] = {
    "prod": {},
    "dev": {},
    "shop": {names.ACCEPT: "prod*/*"},
    "picky": {names.ACCEPT: "other/*"},
    "odd": {names.ACCEPT: "x" * 400},
    "rival": {},
    "platform": {},  # whose sources come first, by the settings
    "outside": {},  # whose sources are not followed, by the settings
    "hidden": {},  # where no mirror is written, by the settings
    "vault": {},  # where none is that it does not accept by name, by the settings
    "kn-mirror": {},
}


class Thing(NamedTuple):
    """An object that somebody makes.

    Args:
        namespace: where.
        annotations: its own.
        labels: its own.
        name: its own.
        data: what it holds.
        fields: others of its own, beside metadata.
    """

    namespace: str
    annotations: Mapping[str, str] = EMPTY
    labels: Mapping[str, str] = EMPTY
    name: str = "tls"
    data: Mapping[str, str] = MappingProxyType({"key": HELD})
    fields: Mapping[str, Any] = EMPTY


class Change(NamedTuple):
    """What somebody changes of an object, as a merge patch; None where it is deleted."""

    namespace: str
    patch: Mapping[str, Any] | None
    name: str = "tls"


class Apply(NamedTuple):
    """What somebody applies server-side, by a manager of this name."""

    namespace: str
    body: Mapping[str, Any]
    name: str = "tls"
    manager: str = "argocd"


class Event(NamedTuple):
    """An event that tells the functions of an object, and is handled at once."""

    namespace: str
    name: str = "tls"


Act = Thing | Change | Apply | Event


class Said(NamedTuple):
    """A sentence, and the code of its reason; None where it sums up more than one."""

    sentence: str
    code: Code | None


class Exits(NamedTuple):
    """Exit codes: 1 where something is to be mended or done, else 0."""

    explain: int
    status: int
    plan: int


class Done(NamedTuple):
    """What an audit line says of the place.

    Args:
        action: what was done.
        because: why; empty where `explain` had said just that.
        code: of that; None likewise.
    """

    action: str
    because: str = ""
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A state.

    Args:
        title: in a few words.
        given: what is there when kn-mirror first looks.
        then: what becomes of that before anybody asks.
        ask: what `explain` is asked.
        of: the source that `status` and `plan` are asked about.
        said: what `explain` says.
        problems: what it says is to be corrected beside that.
        exits: what the commands exit with.
        done: what the next resync does there, and why; None for nothing, of which nothing is told.
        after: what `explain` says when no resync finds anything more; None for the same as before.
        only: the one kind, or `controlplane`, that knows it; empty where all do.
    """

    title: str
    given: tuple[Act, ...] = ()
    then: tuple[Act, ...] = ()
    ask: str = "prod/tls -n dev"
    of: str = "prod/tls"
    said: Said
    problems: tuple[Said, ...] = ()
    exits: Exits
    done: Done | None = None
    after: Said | None = None
    only: str = ""

    def is_known_to(self, cluster: str) -> bool:
        """Whether it can come true in a cluster, as in `sandbox, Secrets`."""
        return self.only in cluster


SOURCE: Final = Thing("prod", FOR_DEV)
PERMITTING: Final = Thing("prod", ALLOWED)  # pull mirrors, and no others
PULL: Final = Thing("dev", PULLS, name="tls-pull", data=EMPTY)
OF_PULL: Final = "secret/tls-pull -n dev"
GONE: Final = None
EDIT: Final = {"data": {"key": "ZWRpdGVk"}}

# What is said of most that was put right.
IN_SYNC: Final = Said(
    "Secret dev/tls is a mirror of prod/tls, in sync: its content is the source's.", Code.IN_SYNC
)
FILLED: Final = Said(
    "Secret dev/tls-pull is a mirror of prod/tls, in sync: its content is the source's.",
    Code.IN_SYNC,
)


def annotated(annotations: Mapping[str, str | None]) -> Mapping[str, Any]:
    """Return the patch that writes annotations."""
    return {"metadata": {"annotations": annotations}}


def labelled(labels: Mapping[str, str | None]) -> Mapping[str, Any]:
    """Return the patch that writes labels."""
    return {"metadata": {"labels": labels}}
