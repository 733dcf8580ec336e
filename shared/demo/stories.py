"""The story: what somebody does in each step, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from demo.clusters import encoded
from demo.pictures import Cell
from mirroring import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.casts import Cast
    from demo.clusters import Stage

NAME: Final = "wildcard-igresc-com-tls"
_TLS: Final = "kubernetes.io/tls"
_OWN: Final = {"password": b"the team's own"}
_ALLOWED: Final = names.ALLOWED


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Args:
        title: what somebody does.
        act: does it.
        wanted: what has to be in each namespace in the end; None for a namespace that is not there.
    """

    title: str
    act: Callable[[Stage], None]
    wanted: Mapping[str, Cell | None]


def steps(cast: Cast) -> list[Step]:
    """Tell the story with the names of a cast."""
    edited, deleted = cast.teams[3], cast.teams[2]
    nobody: dict[str, Cell | None] = dict.fromkeys(cast.teams, Cell.ABSENT)
    nobody |= {cast.loner: Cell.FOREIGN, cast.source: Cell.ABSENT, cast.newcomer: None}
    teams = nobody | dict.fromkeys(set(cast.teams) - {cast.loner}, Cell.CURRENT)
    teams[cast.source] = Cell.SOURCE
    everyone = teams | {cast.newcomer: Cell.CURRENT}
    withdrawn = nobody | {cast.newcomer: Cell.ABSENT, cast.source: Cell.SOURCE}
    return [
        Step(
            f"{len(cast.teams)} teams have namespaces; one has a Secret {NAME} of its own",
            lambda stage: _prepare(stage, cast),
            nobody,
        ),
        Step("cert-manager issues the wildcard certificate", lambda s: _issue(s, cast), teams),
        Step("a new team comes", lambda stage: stage.create_namespace(cast.newcomer), everyone),
        Step("the certificate is renewed", lambda stage: _renew(stage, cast, 2), everyone),
        Step(
            f"somebody deletes the mirror in {deleted}",
            lambda stage: stage.delete_secret(deleted, NAME),
            everyone,
        ),
        Step(
            f"somebody edits the mirror in {edited}",
            lambda stage: stage.change_secret(edited, NAME, {"data": certificate(0)}),
            everyone,
        ),
        Step(
            "the owner withdraws the permission",
            lambda stage: _permit(stage, cast, permission=None),
            withdrawn,
        ),
        Step(
            "the owner permits it again",
            lambda stage: _permit(stage, cast, permission="true"),
            everyone,
        ),
        Step(
            "the owner deletes the certificate's Secret",
            lambda stage: stage.delete_secret(cast.source, NAME),
            withdrawn | {cast.source: Cell.ABSENT},
        ),
    ]


def _prepare(stage: Stage, cast: Cast) -> None:
    for name in (cast.source, *cast.teams):
        stage.create_namespace(name)
    stage.create_secret(cast.loner, {"name": NAME}, _OWN, "Opaque")


def _issue(stage: Stage, cast: Cast) -> None:
    """Write the Secret as cert-manager does: complete at once."""
    annotations = {
        "cert-manager.io/certificate-name": "wildcard-igresc-com",
        "cert-manager.io/common-name": "*.igresc.com",
        "cert-manager.io/issuer-kind": "ClusterIssuer",
        "cert-manager.io/issuer-name": "letsencrypt",
        _ALLOWED: "true",
        names.ALLOWED_NAMESPACES: cast.patterns,
        names.AUTO_ENABLED: "true",
    }
    metadata = {
        "name": NAME,
        "annotations": annotations,
        "labels": {"controller.cert-manager.io/fao": "true"},
    }
    stage.create_secret(cast.source, metadata, _pair(1), _TLS)


def _renew(stage: Stage, cast: Cast, serial: int) -> None:
    stage.change_secret(cast.source, NAME, {"data": certificate(serial)})


def _permit(stage: Stage, cast: Cast, *, permission: str | None) -> None:
    change: dict[str, Any] = {"metadata": {"annotations": {_ALLOWED: permission}}}
    stage.change_secret(cast.source, NAME, change)


def certificate(serial: int) -> dict[str, str]:
    """Invent a certificate and its key, as a Secret holds them."""
    return encoded(_pair(serial))


def _pair(serial: int) -> dict[str, bytes]:
    return {"tls.crt": b"certificate %d" % serial, "tls.key": b"key %d" % serial}
