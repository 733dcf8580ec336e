"""Rows of places where a mirror is wanted, and something is in the way."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    ALLOWED,
    AS_A_MIRROR,
    EDIT,
    FOR_DEV,
    GONE,
    IN_SYNC,
    PERMITTING,
    PULL,
    SOURCE,
    Change,
    Done,
    Event,
    Exits,
    Row,
    Said,
    Thing,
    annotated,
)

_CONTROLLER: Final = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "name": "web",
    "uid": "5b0fcb84-0f0c-4dc0-a3e7-6ba0a1a5ed06",
    "controller": True,
}

ROWS: Final = (
    Row(
        title="an object of somebody's own",
        then=(SOURCE, Thing("dev")),
        said=Said(
            "Secret dev/tls is not a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.NO_MIRROR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="an object of somebody's own, asked about by itself",
        then=(SOURCE, Thing("dev")),
        ask="secret/tls -n dev",
        said=Said(
            "Secret dev/tls is not a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.NO_MIRROR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="another source",
        then=(SOURCE, Thing("dev", ALLOWED)),
        said=Said(
            "Secret dev/tls is not a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, take "
            "reflector.v1.k8s.emberstack.com/reflection-allowed off it and annotate it "
            "kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.NO_MIRROR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a copy of a mirror elsewhere",
        then=(SOURCE, Thing("dev", AS_A_MIRROR | {names.PLACE: "Secret/shop/tls"})),
        said=Said(
            "Secret dev/tls was copied from the mirror Secret/shop/tls. It was left as it"
            " is. To let kn-mirror take it over, annotate it "
            "kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.A_COPY,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a mirror of another source",
        given=(SOURCE,),
        then=(Thing("rival", FOR_DEV),),
        ask="rival/tls -n dev",
        of="rival/tls",
        said=Said(
            "Secret dev/tls is a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=rival/tls, "
            "and then run `kubectl mirror sync rival/tls` or wait for the next tick.",
            Code.ANOTHERS_MIRROR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a pull mirror of another source",
        given=(PERMITTING, PULL._replace(name="tls")),
        then=(Thing("rival", FOR_DEV),),
        ask="rival/tls -n dev",
        of="rival/tls",
        said=Said(
            "Secret dev/tls is a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=rival/tls, "
            "and then run `kubectl mirror sync rival/tls` or wait for the next tick.",
            Code.ANOTHERS_MIRROR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a mirror that its owner made a source of",
        given=(SOURCE,),
        then=(Change("dev", annotated(ALLOWED)),),
        said=Said(
            "Secret dev/tls is a source of its own: its owner wrote "
            "reflector.v1.k8s.emberstack.com/reflection-allowed on it. It was left as it "
            "is. To have the mirror back, take that annotation off and delete it.",
            Code.A_SOURCE_ITSELF,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
        after=Said(
            "Secret dev/tls is not a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, take "
            "reflector.v1.k8s.emberstack.com/reflection-allowed off it and annotate it "
            "kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.NO_MIRROR,
        ),
    ),
    Row(
        title="a mirror that cert-manager has taken",
        given=(SOURCE,),
        then=(Change("dev", annotated({names.CERTIFICATE: "web"})),),
        said=Said(
            "Secret dev/tls is what cert-manager issued for Certificate web. It was left "
            "as it is. To have the mirror back, give that Certificate another secretName,"
            " or delete it, and then delete the Secret.",
            Code.CERTIFICATES,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a mirror that has a controller",
        given=(SOURCE,),
        then=(Change("dev", {"metadata": {"ownerReferences": [_CONTROLLER]}}),),
        said=Said(
            "Secret dev/tls is controlled by ExternalSecret web now. It was left as it "
            "is. To have the mirror back, give that another target, and then delete the "
            "object.",
            Code.CONTROLLED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
    Row(
        title="a place that another source wants that comes first",
        then=(SOURCE, Thing("rival", FOR_DEV)),
        ask="rival/tls -n dev",
        of="rival/tls",
        said=Said(
            "prod/tls wants Secret dev/tls, too, and is first by its name. Have that, or "
            "rival/tls, leave out namespace dev.",
            Code.COMES_AFTER,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
        after=Said(
            "Secret dev/tls is a mirror of prod/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=rival/tls, "
            "and then run `kubectl mirror sync rival/tls` or wait for the next tick.",
            Code.ANOTHERS_MIRROR,
        ),
    ),
    Row(
        title="a place that another source wants that comes after",
        then=(SOURCE, Thing("rival", FOR_DEV)),
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
        title="a place that a source had which went a moment ago",
        given=(SOURCE, Event("prod"), Thing("rival", FOR_DEV), Change("prod", GONE)),
        ask="rival/tls -n dev",
        of="rival/tls",
        said=Said(
            "Secret dev/tls is to be a mirror of rival/tls, and is not there: Secret "
            "prod/tls went a while ago, and may come back: its places are kept for it.",
            Code.PLACE_KEPT,
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="a mirror that somebody changes each time that it is put right",
        given=(SOURCE, Event("prod"), *5 * (Change("dev", EDIT), Event("dev"))),
        then=(Change("dev", EDIT),),
        said=Said(
            "Secret dev/tls does not stay as it was put right: kubectl-edit changes it."
            " It is left as it is for a day, or until its source changes. Have that leave"
            " the mirror alone, or the source leave out namespace dev.",
            Code.CONTESTED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("conflict"),
    ),
)
