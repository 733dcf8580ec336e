"""Rows of pull mirrors that no source fills."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    ALLOWED,
    AUTO,
    OF_PULL,
    PERMITTING,
    PULL,
    PULLS,
    Done,
    Exits,
    Row,
    Said,
    Thing,
)

_MOST: Final = 9  # mirrors of mirrors, and one more

ROWS: Final = (
    Row(
        title="a pull mirror of what is not there",
        then=(PULL,),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a pull mirror that is not filled: Secret prod/tls is "
            "gone, or was never there.",
            Code.GONE,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror of what permits none",
        then=(Thing("prod"), PULL),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a pull mirror that is not filled: Secret prod/tls "
            "permits no mirrors: reflection-allowed is not true.",
            Code.PERMITS_NONE,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror whose namespace its source does not allow",
        then=(Thing("prod", ALLOWED | {names.ALLOWED_NAMESPACES: "shop"}), PULL),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a pull mirror that is not filled: Secret prod/tls "
            "does not permit it: reflection-allowed-namespaces: 'shop' does not span "
            "'dev'.",
            Code.NOT_ALLOWED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror whose namespace does not accept its source",
        then=(PERMITTING, PULL._replace(namespace="picky")),
        ask="secret/tls-pull -n picky",
        said=Said(
            "Secret picky/tls-pull is a pull mirror that is not filled: Secret prod/tls "
            "does not permit it: namespace picky does not accept prod/tls, by "
            "kn-mirror.dev/accept.",
            Code.NOT_ACCEPTED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror whose source's lists cannot be read",
        then=(Thing("prod", ALLOWED | {names.ALLOWED_NAMESPACES: "*-shop"}), PULL),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a pull mirror that is not filled: "
            "reflection-allowed-namespaces: '*-shop' is not a regular expression: nothing"
            " to repeat. Did you mean '.*-shop'?",
            Code.UNREADABLE_PATTERN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror of a source that is not followed",
        then=(Thing("outside", AUTO), PULL._replace(annotations={names.REFLECTS: "outside/tls"})),
        ask=OF_PULL,
        of="outside/tls",
        said=Said(
            "Secret dev/tls-pull is a pull mirror that is not filled: Secret outside/tls "
            "is not looked at: sources in namespace outside are not followed, by the "
            "settings.",
            Code.OUTSIDE_LIMITS,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a pull mirror of a name that no mirror has",
        then=(PERMITTING, PULL._replace(namespace="rival", name="kn-mirror-content-hash")),
        ask="secret/kn-mirror-content-hash -n rival",
        only="Secret",
        said=Said(
            "Secret rival/kn-mirror-content-hash is a pull mirror that is not filled: "
            "Secret kn-mirror-content-hash is never a mirror: kn-mirror signs hashes with"
            " the keys in its own.",
            Code.KEPT_NAME,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="a circle of pull mirrors",
        then=(
            Thing("dev", {names.REFLECTS: "shop/tls"}),
            Thing("shop", {names.REFLECTS: "dev/tls"}),
        ),
        ask="secret/tls -n dev",
        of="dev/tls",
        said=Said(
            "Secret dev/tls is a pull mirror that is not filled: Secret dev/tls has no "
            "source: dev/tls → shop/tls → dev/tls is a circle. Name an object in reflects"
            " that is not a mirror itself.",
            Code.CIRCLE,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
    Row(
        title="too long a chain of pull mirrors",
        then=(
            *(
                Thing("shop", {names.REFLECTS: f"shop/tls-{number + 1}"}, name=f"tls-{number}")
                for number in range(_MOST)
            ),
            Thing("shop", PULLS, name=f"tls-{_MOST}"),
        ),
        ask="secret/tls-0 -n shop",
        of="shop/tls-0",
        said=Said(
            "Secret shop/tls-0 is a pull mirror that is not filled: Secret shop/tls-0 has"
            " no source: more than 8 mirrors of mirrors are on the way to it. Name an "
            "object in reflects that is nearer to the source, or it itself.",
            Code.TOO_LONG_A_CHAIN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("refused"),
    ),
)
