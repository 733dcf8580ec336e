"""Rows of what is written: made, brought in line or filled."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    ALLOWED,
    AS_A_MIRROR,
    AUTO,
    EDIT,
    FILLED,
    FOR_DEV,
    FOR_SHOP,
    GONE,
    IN_SYNC,
    OF_PULL,
    PERMITTING,
    PULL,
    PULLS,
    SOURCE,
    Apply,
    Change,
    Done,
    Exits,
    Row,
    Said,
    Thing,
    annotated,
    labelled,
)

_BLUE: Final = {"team": "blue"}
_COPYING: Final = Thing("prod", FOR_SHOP | {names.COPY_LABELS: "team"}, _BLUE)

ROWS: Final = (
    Row(
        title="a source without its mirror",
        then=(SOURCE,),
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'dev' spans 'dev'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror that was deleted",
        given=(SOURCE,),
        then=(Change("dev", GONE),),
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'dev' spans 'dev'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror of another name, where the namespace names its source",
        then=(Thing("prod", FOR_SHOP | {names.NAME: "tls-2"}),),
        ask="prod/tls -n shop",
        said=Said(
            "Secret shop/tls-2 is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'shop' spans 'shop'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=Said(
            "Secret shop/tls-2 is a mirror of prod/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a mirror that Reflector left",
        then=(SOURCE, Thing("dev", AS_A_MIRROR)),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is behind: its labels are not "
            "those of a mirror.",
            Code.UNWRITTEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=IN_SYNC,
    ),
    Row(
        title="an object that its owner handed over",
        then=(SOURCE, Thing("dev", {names.ADOPT: "prod/tls"})),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is behind: its labels are not "
            "those of a mirror.",
            Code.UNWRITTEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror of a source that another one succeeds, to that one",
        given=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "dev,shop"}),),
        then=(
            Change("shop", annotated(FOR_DEV)),
            Change("shop", labelled({names.ROLE: names.ROLE_SOURCE})),
            Change("prod", GONE),
        ),
        ask="shop/tls -n dev",
        of="shop/tls",
        said=Said(
            "Secret dev/tls is a mirror of shop/tls that is behind: its labels are not "
            "those of a mirror.",
            Code.UNWRITTEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=Said(
            "Secret dev/tls is a mirror of shop/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a mirror of a source that the platform's comes before, to the platform's",
        given=(SOURCE,),
        then=(Thing("platform", FOR_DEV),),
        ask="platform/tls -n dev",
        of="platform/tls",
        said=Said(
            "Secret dev/tls is a mirror of platform/tls that is behind: its labels are "
            "not those of a mirror.",
            Code.UNWRITTEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=Said(
            "Secret dev/tls is a mirror of platform/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a mirror of a source whose content changed",
        given=(SOURCE,),
        then=(Change("prod", EDIT),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, of which a resync will see: the "
            "source changed after resourceVersion 1.",
            Code.SOURCE_CHANGED,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "updated", "the source's content changed after resourceVersion 1", Code.SOURCE_CHANGED
        ),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror of a source of which something else changed",
        given=(SOURCE,),
        then=(Change("prod", labelled(_BLUE)),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, of which a resync will see: the "
            "source changed after resourceVersion 1.",
            Code.SOURCE_CHANGED,
        ),
        exits=Exits(1, 1, 1),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror that no update can bring in line",
        given=(SOURCE,),
        then=(Change("dev", {"immutable": True}), Change("prod", EDIT)),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, of which a resync will see: the "
            "source changed after resourceVersion 1.",
            Code.SOURCE_CHANGED,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "updated",
            "the source's content changed after resourceVersion 1; made anew, since it was "
            "immutable or of another type",
            Code.MADE_ANEW,
        ),
        after=IN_SYNC,
    ),
    Row(
        title="a mirror of which a copied label was changed",
        given=(_COPYING,),
        then=(Change("shop", labelled({"team": "red"})),),
        ask="prod/tls -n shop",
        said=Said(
            "Secret shop/tls is a mirror of prod/tls that is behind: the labels or "
            "annotations that it copies changed.",
            Code.COPIES_CHANGED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=Said(
            "Secret shop/tls is a mirror of prod/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a mirror that somebody edited",
        given=(SOURCE,),
        then=(Change("dev", EDIT),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls: kubectl-edit has changed its content.",
            Code.EDITED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=IN_SYNC,
    ),
    Row(
        title="a pull mirror that was not filled",
        then=(PERMITTING, PULL),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls that is behind: it has no "
            "reflected-version: it was not filled yet, or its owner wants it anew.",
            Code.UNFILLED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=FILLED,
    ),
    Row(
        title="a pull mirror of a source in its own namespace",
        then=(Thing("dev", ALLOWED), PULL._replace(annotations={names.REFLECTS: "dev/tls"})),
        ask=OF_PULL,
        of="dev/tls",
        said=Said(
            "Secret dev/tls-pull is a mirror of dev/tls that is behind: it has no "
            "reflected-version: it was not filled yet, or its owner wants it anew.",
            Code.UNFILLED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=Said(
            "Secret dev/tls-pull is a mirror of dev/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a pull mirror where a mirror would be",
        then=(SOURCE, PULL._replace(name="tls")),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is behind: it has no "
            "reflected-version: it was not filled yet, or its owner wants it anew.",
            Code.UNFILLED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=IN_SYNC,
    ),
    Row(
        title="a pull mirror of a mirror",
        then=(
            Thing("rival", ALLOWED),
            Thing("prod", {names.REFLECTS: "rival/tls"}, data={}),
            PULL,
        ),
        ask=OF_PULL,
        of="rival/tls",
        said=Said(
            "Secret dev/tls-pull is a mirror of rival/tls that is behind: it has no "
            "reflected-version: it was not filled yet, or its owner wants it anew.",
            Code.UNFILLED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=Said(
            "Secret dev/tls-pull is a mirror of rival/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a pull mirror that was filled from another source",
        given=(
            PERMITTING,
            PERMITTING._replace(name="tls-2", data={"key": "something else"}),
            PULL._replace(annotations={names.REFLECTS: "prod/tls-2"}),
        ),
        then=(Change("dev", annotated(PULLS), "tls-pull"),),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls that is behind: it has another "
            "source than when it was filled.",
            Code.RETARGETED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("updated"),
        after=FILLED,
    ),
    Row(
        title="a pull mirror that holds its manifest's stub again",
        given=(PERMITTING, PULL._replace(data={"key": ""})),
        then=(Change("dev", {"data": {"key": ""}}, "tls-pull"),),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls: kubectl-edit has changed its content.",
            Code.EDITED,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "updated",
            "kubectl-edit has changed its content, and it holds nothing but what reserves its keys",
            Code.STUB,
        ),
        after=FILLED,
    ),
    Row(
        title="a pull mirror without its label",
        given=(PERMITTING, PULL),
        then=(Change("dev", labelled({names.ROLE: None}), "tls-pull"),),
        ask=OF_PULL,
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls, in sync: its content is the "
            "source's; it had no label to be found by.",
            Code.UNLABELLED,
        ),
        exits=Exits(0, 0, 0),
        after=FILLED,
    ),
    Row(
        title="a pull mirror that others apply",
        given=(PERMITTING, PULL),
        then=(Apply("dev", annotated(PULLS), "tls-pull"),),
        ask=OF_PULL,
        only="controlplane",
        said=Said(
            "Secret dev/tls-pull is a mirror of prod/tls, in sync: others apply fields of it, "
            "which kn-mirror has come to own.",
            Code.CEDED,
        ),
        exits=Exits(0, 0, 0),
        after=FILLED,
    ),
)
