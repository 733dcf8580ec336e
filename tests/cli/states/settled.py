"""Rows of what stays as it is."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    AUTO,
    EDIT,
    FILLED,
    FOR_DEV,
    GONE,
    IN_SYNC,
    OF_PULL,
    PERMITTING,
    PULL,
    SOURCE,
    Change,
    Event,
    Exits,
    Row,
    Said,
    Thing,
)

ROWS: Final = (
    Row(
        title="a mirror in sync",
        given=(SOURCE,),
        said=IN_SYNC,
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a mirror that somebody edited, of a source that lets edits stay",
        given=(Thing("prod", FOR_DEV | {names.REPAIR: "false"}),),
        then=(Change("dev", EDIT),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, left as it is: somebody may have "
            "edited it, which is left so by kn-mirror.dev/repair on its source.",
            Code.EDITS_STAY,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a pull mirror in sync",
        given=(PERMITTING, PULL),
        ask=OF_PULL,
        said=FILLED,
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a pull mirror that its owner edited",
        given=(PERMITTING, PULL),
        then=(Change("dev", EDIT, "tls-pull"),),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls: kubectl-edit has changed its content.",
            Code.EDITED,
        ),
        exits=Exits(1, 1, 1),
        after=Said(
            "Secret dev/tls-pull is a mirror of prod/tls, left as it is: kubectl-edit "
            "has changed its content, which stays until the source changes.",
            Code.OWNERS_CONTENT,
        ),
    ),
    Row(
        title="a pull mirror that its owner edited, and a resync has seen it",
        given=(PERMITTING, PULL, Event("dev", "tls-pull"), Change("dev", EDIT, "tls-pull")),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls, left as it is: kubectl-edit "
            "has changed its content, which stays until the source changes.",
            Code.OWNERS_CONTENT,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a mirror that was deleted, of a source that lets losses stay",
        given=(Thing("prod", FOR_DEV | {names.RECREATE: "false"}), Event("prod")),
        then=(Change("dev", GONE),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: what was deleted is left so until "
            "the source changes.",
            Code.LOSS_STAYS,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a source, asked about by itself",
        given=(SOURCE,),
        ask="secret/tls -n prod",
        said=Said("Secret prod/tls is a source; its mirrors: 1 in sync.", None),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a source of which a mirror is missing, asked about by itself",
        given=(SOURCE,),
        then=(Change("dev", GONE),),
        ask="secret/tls -n prod",
        said=Said("Secret prod/tls is a source; its mirrors: 1 missing.", None),
        exits=Exits(1, 1, 1),
        after=Said("Secret prod/tls is a source; its mirrors: 1 in sync.", None),
    ),
    Row(
        title="a source, in its own namespace",
        given=(Thing("prod", AUTO),),
        ask="prod/tls -n prod",
        said=Said(
            "Secret prod/tls is the source itself, and no mirror of it is made where it is.",
            Code.ELSEWHERE,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="an object of no concern",
        then=(Thing("dev"),),
        ask="secret/tls -n dev",
        of="dev/tls",
        said=Said(
            "Secret dev/tls is no mirror, nor a source, and no source asks for mirrors called tls.",
            Code.NO_CONCERN,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="an object that is not there, and that no source is for",
        ask="secret/tls -n dev",
        of="dev/tls",
        said=Said(
            "There is no Secret dev/tls, and no source asks for mirrors called tls.",
            Code.NO_CONCERN,
        ),
        exits=Exits(0, 1, 1),
    ),
)
