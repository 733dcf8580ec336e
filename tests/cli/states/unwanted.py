"""Rows of places where no mirror is wanted: what is there goes, or none is made."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    ALLOWED,
    AUTO,
    FOR_DEV,
    FOR_SHOP,
    GONE,
    SOURCE,
    Change,
    Done,
    Exits,
    Row,
    Said,
    Thing,
    annotated,
    labelled,
)

ROWS: Final = (
    Row(
        title="a source that went",
        given=(SOURCE,),
        then=(Change("prod", GONE),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is to go: Secret prod/tls is "
            "gone, or was never there.",
            Code.GONE,
        ),
        exits=Exits(1, 1, 1),
        done=Done("deleted"),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls is gone, or was "
            "never there.",
            Code.GONE,
        ),
    ),
    Row(
        title="a source that never was",
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls is gone, or was "
            "never there.",
            Code.GONE,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="a source that is not there, in its own namespace",
        ask="prod/tls -n prod",
        said=Said("Secret prod/tls is gone, or was never there.", Code.GONE),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="an object that permits no mirrors",
        then=(Thing("prod"),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls permits no "
            "mirrors: reflection-allowed is not true.",
            Code.PERMITS_NONE,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="a source that permits none any more",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.ALLOWED: "false"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is to go: Secret prod/tls "
            "permits no mirrors: reflection-allowed is not true.",
            Code.PERMITS_NONE,
        ),
        exits=Exits(1, 1, 1),
        done=Done("deleted"),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls permits no "
            "mirrors: reflection-allowed is not true.",
            Code.PERMITS_NONE,
        ),
    ),
    Row(
        title="a source that is a mirror itself",
        then=(Thing("rival", ALLOWED), Thing("prod", FOR_DEV | {names.REFLECTS: "rival/tls"})),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls permits no "
            "mirrors: it is a mirror itself.",
            Code.A_MIRROR_ITSELF,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="a source that is not automatic",
        then=(Thing("prod", ALLOWED),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-enabled is not true.",
            Code.NOT_AUTOMATIC,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a source that is not automatic any more",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.AUTO_ENABLED: None})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is to go: "
            "reflection-auto-enabled is not true.",
            Code.NOT_AUTOMATIC,
        ),
        exits=Exits(1, 1, 1),
        done=Done("deleted"),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-enabled is not true.",
            Code.NOT_AUTOMATIC,
        ),
    ),
    Row(
        title="a source that does not allow the namespace",
        given=(Thing("prod", AUTO | {names.ALLOWED_NAMESPACES: "shop"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-allowed-namespaces: "
            "'shop' does not span 'dev'.",
            Code.NOT_ALLOWED,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a source that does not choose the namespace",
        given=(Thing("prod", FOR_SHOP),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-namespaces: 'shop'"
            " does not span 'dev'.",
            Code.NOT_CHOSEN,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a source that does not choose the namespace any more",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.AUTO_NAMESPACES: "shop"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls that is to go: "
            "reflection-auto-namespaces: 'shop' does not span 'dev'.",
            Code.NOT_CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("deleted"),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-namespaces: 'shop'"
            " does not span 'dev'.",
            Code.NOT_CHOSEN,
        ),
    ),
    Row(
        title="a source that does not choose the namespace, and an object of its name there",
        given=(Thing("prod", FOR_SHOP), Thing("dev")),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-namespaces: 'shop'"
            " does not span 'dev'.",
            Code.NOT_CHOSEN,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a namespace that does not accept the source",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "picky"}),),
        ask="prod/tls -n picky",
        said=Said(
            "Namespace picky gets no mirror of prod/tls: namespace picky does not accept "
            "prod/tls, by kn-mirror.dev/accept.",
            Code.NOT_ACCEPTED,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a namespace that is reserved",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "vault"}),),
        ask="prod/tls -n vault",
        said=Said(
            "Namespace vault gets no mirror of prod/tls: namespace vault is reserved, by "
            "the settings, and does not name prod/tls in kn-mirror.dev/accept.",
            Code.RESERVED,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a mirror of another name, where the namespace does not name its source",
        then=(Thing("prod", FOR_DEV | {names.NAME: "tls-2"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: namespace dev does not name "
            "prod/tls in kn-mirror.dev/accept, which a mirror of another name needs: "
            "annotate that namespace kn-mirror.dev/accept=prod/tls.",
            Code.NAME_NOT_ACCEPTED,
        ),
        problems=(
            Said(
                "kn-mirror.dev/name: heeded in namespaces only whose kn-mirror.dev/accept "
                "names prod/tls, by KN_MIRROR_CONSENT",
                Code.UNHEEDED,
            ),
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="a mirror of the name that mirrors had before",
        given=(Thing("prod", FOR_SHOP),),
        then=(Change("prod", annotated({names.NAME: "tls-2"})),),
        ask="secret/tls -n shop",
        said=Said(
            "Secret shop/tls is a mirror of prod/tls that is to go: mirrors of Secret "
            "prod/tls are called tls-2 now.",
            Code.RENAMED,
        ),
        exits=Exits(1, 1, 1),
        done=Done("deleted"),
        after=Said(
            "There is no Secret shop/tls, and no source asks for mirrors called tls.",
            Code.NO_CONCERN,
        ),
    ),
    Row(
        title="a namespace that goes",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "going"}),),
        ask="prod/tls -n going",
        said=Said(
            "Namespace going gets no mirror of prod/tls: namespace going is being deleted.",
            Code.NAMESPACE_GOES,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a namespace that is not there",
        given=(SOURCE,),
        ask="prod/tls -n nowhere",
        said=Said("There is no namespace nowhere.", Code.NAMESPACE_GOES),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a mirror that goes",
        given=(SOURCE,),
        then=(
            Change("dev", {"metadata": {"finalizers": ["example.com/held"]}}),
            Change("dev", GONE),
        ),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret dev/tls is being deleted.",
            Code.GOES,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a mirror of a source that another one succeeds",
        given=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "dev,shop"}),),
        then=(
            Change("shop", annotated(FOR_DEV)),
            Change("shop", labelled({names.ROLE: names.ROLE_SOURCE})),
            Change("prod", GONE),
        ),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: shop/tls succeeds prod/tls there.",
            Code.SUCCEEDED,
        ),
        exits=Exits(0, 1, 1),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls is gone, or was "
            "never there.",
            Code.GONE,
        ),
    ),
    Row(
        title="a mirror of a source that the platform's comes before",
        given=(SOURCE,),
        then=(Thing("platform", FOR_DEV),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: platform/tls is the platform's, by"
            " the settings, and takes it over.",
            Code.TAKEN_OVER,
        ),
        exits=Exits(0, 0, 0),
        after=Said(
            "Secret dev/tls is a mirror of platform/tls. It was left as it is. To let "
            "kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls, "
            "and then run `kubectl mirror sync prod/tls` or wait for the next tick.",
            Code.ANOTHERS_MIRROR,
        ),
    ),
    Row(
        title="a source that is not followed",
        then=(Thing("outside", FOR_DEV),),
        ask="outside/tls -n dev",
        of="outside/tls",
        said=Said(
            "Secret outside/tls is not looked at: sources in namespace outside are not "
            "followed, by the settings.",
            Code.OUTSIDE_LIMITS,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="a source that is not followed, asked about by itself",
        then=(Thing("outside", FOR_DEV),),
        ask="secret/tls -n outside",
        of="outside/tls",
        said=Said(
            "Secret outside/tls is a source, but is not looked at: sources in namespace "
            "outside are not followed, by the settings.",
            Code.OUTSIDE_LIMITS,
        ),
        exits=Exits(0, 1, 1),
    ),
    Row(
        title="a namespace where no mirror is written",
        given=(SOURCE,),
        ask="prod/tls -n hidden",
        said=Said(
            "No mirror is written in namespace hidden, by the settings.",
            Code.OUTSIDE_LIMITS,
        ),
        exits=Exits(0, 0, 0),
    ),
    Row(
        title="a name that no mirror has",
        then=(Thing("prod", FOR_DEV | {names.NAME: "kn-mirror-content-hash"}),),
        only="Secret",
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret kn-mirror-content-hash is "
            "never a mirror: kn-mirror signs hashes with the keys in its own.",
            Code.KEPT_NAME,
        ),
        exits=Exits(0, 1, 1),
        done=Done("failed"),
    ),
)
