"""Rows of what somebody wrote that cannot be read, or not be met."""

from __future__ import annotations

from typing import Final

from mirroring import names
from mirroring.codes import Code
from tests.cli.states.rows import (
    AUTO,
    FOR_DEV,
    FOR_SHOP,
    HELD,
    IN_SYNC,
    SOURCE,
    Change,
    Done,
    Exits,
    Row,
    Said,
    Thing,
    annotated,
)

_BOOLEAN: Final = {names.AUTO_ENABLED: "yes"}
_MISSPELT: Final = {f"{names.REFLECTOR}reflection-auto-namespace": "shop"}
_MANAGED: Final = "app.kubernetes.io/managed-by"
_LEFT_OUT: Final = "what mirrors shall not have"

ROWS: Final = (
    Row(
        title="a name of mirrors that none can have",
        then=(Thing("prod", FOR_DEV | {names.NAME: "A B"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: kn-mirror.dev/name: 'A B' is not "
            "the name of a Secret.",
            Code.UNREADABLE_NAME,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="a name of mirrors that none can have, and a mirror",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.NAME: "A B"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, left as it is: kn-mirror.dev/name: "
            "'A B' is not the name of a Secret.",
            Code.UNREADABLE_NAME,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="keys that cannot be read",
        then=(Thing("prod", FOR_DEV | {names.KEYS: "a=b/c"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: kn-mirror.dev/keys: 'a=b/c' is no "
            "key. Write 'key' or 'key=name'.",
            Code.UNREADABLE_KEYS,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="keys that cannot be read, and a mirror",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.KEYS: "a=b/c"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, left as it is: kn-mirror.dev/keys: "
            "'a=b/c' is no key. Write 'key' or 'key=name'.",
            Code.UNREADABLE_KEYS,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="keys that the source does not hold",
        then=(Thing("prod", FOR_DEV | {names.KEYS: "ca"}),),
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'dev' spans 'dev'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "failed", "kn-mirror.dev/keys names 'ca', which it does not hold", Code.MISSING_KEYS
        ),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: kn-mirror.dev/keys names 'ca', "
            "which it does not hold.",
            Code.MISSING_KEYS,
        ),
    ),
    Row(
        title="keys that the source does not hold, and a mirror",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.KEYS: "ca"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, of which a resync will see: the "
            "source changed after resourceVersion 1.",
            Code.SOURCE_CHANGED,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "failed", "kn-mirror.dev/keys names 'ca', which it does not hold", Code.MISSING_KEYS
        ),
        after=Said(
            "Secret dev/tls is a mirror of prod/tls, left as it is: kn-mirror.dev/keys "
            "names 'ca', which it does not hold.",
            Code.MISSING_KEYS,
        ),
    ),
    Row(
        title="keys that the source does not hold, and a resync has seen it",
        given=(Thing("prod", FOR_DEV | {names.KEYS: "ca"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: kn-mirror.dev/keys names 'ca', "
            "which it does not hold.",
            Code.MISSING_KEYS,
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="a type that is never mirrored",
        then=(Thing("prod", FOR_DEV, fields={"type": "helm.sh/release.v1"}),),
        only="Secret",
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'dev' spans 'dev'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done(
            "failed",
            "type helm.sh/release.v1 is never mirrored: it is Helm's own record of a release",
            Code.REFUSED_TYPE,
        ),
        after=Said(
            "Namespace dev gets no mirror of prod/tls: type helm.sh/release.v1 is never "
            "mirrored: it is Helm's own record of a release.",
            Code.REFUSED_TYPE,
        ),
    ),
    Row(
        title="a pattern that cannot be read",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "*-shop"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-namespaces: "
            "'*-shop' is not a regular expression: nothing to repeat. Did you mean "
            "'.*-shop'?",
            Code.UNREADABLE_PATTERN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="a pattern that cannot be read, and a mirror",
        given=(SOURCE,),
        then=(Change("prod", annotated({names.AUTO_NAMESPACES: "*-shop"})),),
        said=Said(
            "Secret dev/tls is a mirror of prod/tls, left as it is: "
            "reflection-auto-namespaces: '*-shop' is not a regular expression: nothing to"
            " repeat. Did you mean '.*-shop'?",
            Code.UNREADABLE_PATTERN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="a selector that cannot be read",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES_SELECTOR: ","}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: "
            "reflection-auto-namespaces-selector: '' does not begin with the name of a "
            "label. Write 'name=value'.",
            Code.UNREADABLE_SELECTOR,
        ),
        exits=Exits(1, 1, 1),
        done=Done("failed"),
    ),
    Row(
        title="a namespace whose list cannot be read",
        then=(Thing("prod", AUTO | {names.AUTO_NAMESPACES: "odd"}),),
        ask="prod/tls -n odd",
        said=Said(
            "Namespace odd gets no mirror of prod/tls: namespace odd: "
            "kn-mirror.dev/accept: an item of the list is longer than any name, 317 "
            "characters.",
            Code.UNREADABLE_ACCEPT,
        ),
        exits=Exits(1, 0, 0),
    ),
    Row(
        title="an annotation that nobody reads",
        then=(Thing("prod", AUTO | {names.ALLOWED_NAMESPACES: "dev"} | _MISSPELT),),
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces: 'dev' spans 'dev', reflection-auto-namespaces"
            " is not restricted.",
            Code.CHOSEN,
        ),
        problems=(
            Said(
                "'reflector.v1.k8s.emberstack.com/reflection-auto-namespace' is no annotation"
                " that is read. Did you mean "
                "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces?",
                Code.UNKNOWN_ANNOTATION,
            ),
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=IN_SYNC,
    ),
    Row(
        title="neither true nor false",
        then=(Thing("prod", FOR_DEV | _BOOLEAN),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: reflection-auto-enabled is not true.",
            Code.NOT_AUTOMATIC,
        ),
        problems=(
            Said(
                "reflection-auto-enabled: 'yes' is neither 'true' nor 'false', and counts as "
                "not written",
                Code.NEITHER_TRUE_NOR_FALSE,
            ),
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="a source that would be one, were it not neither true nor false",
        then=(Thing("prod", FOR_DEV | {names.ALLOWED: "yes"}),),
        said=Said(
            "Namespace dev gets no mirror of prod/tls: Secret prod/tls permits no "
            "mirrors: reflection-allowed is not true.",
            Code.PERMITS_NONE,
        ),
        problems=(
            Said(
                "reflection-allowed: 'yes' is neither 'true' nor 'false', and counts as not "
                "written",
                Code.NEITHER_TRUE_NOR_FALSE,
            ),
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="a pull mirror that names no object",
        then=(Thing("dev", {names.REFLECTS: "prod/tls/key"}),),
        ask="secret/tls -n dev",
        of="dev/tls",
        said=Said(
            "Secret dev/tls is no mirror, nor a source, and no source asks for mirrors called tls.",
            Code.NO_CONCERN,
        ),
        problems=(
            Said(
                "reflects: 'prod/tls/key' is not 'namespace/name'",
                Code.UNREADABLE_REFLECTS,
            ),
        ),
        exits=Exits(1, 1, 1),
    ),
    Row(
        title="labels to copy that cannot be read",
        then=(Thing("prod", FOR_SHOP | {names.COPY_LABELS: "a b"}),),
        ask="prod/tls -n shop",
        said=Said(
            "Secret shop/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'shop' spans 'shop'.",
            Code.CHOSEN,
        ),
        problems=(
            Said(
                "kn-mirror.dev/copy-labels: 'a b' is not one name. Separate names by commas "
                "and nothing else: 'a,b'",
                Code.UNREADABLE_COPIES,
            ),
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=Said(
            "Secret shop/tls is a mirror of prod/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="a label that is never copied",
        then=(Thing("prod", FOR_SHOP | {names.COPY_LABELS: _MANAGED}, {_MANAGED: "helm"}),),
        ask="prod/tls -n shop",
        said=Said(
            "Secret shop/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'shop' spans 'shop'.",
            Code.CHOSEN,
        ),
        problems=(
            Said(
                "kn-mirror.dev/copy-labels names 'app.kubernetes.io/managed-by', which is "
                "never copied",
                Code.NEVER_COPIED,
            ),
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=Said(
            "Secret shop/tls is a mirror of prod/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="an annotation that holds what mirrors shall not have",
        then=(
            Thing(
                "prod",
                FOR_SHOP | {names.KEYS: "key", names.COPY_ANNOTATIONS: "note", "note": _LEFT_OUT},
                data={"key": HELD, "other": _LEFT_OUT},
            ),
        ),
        ask="prod/tls -n shop",
        said=Said(
            "Secret shop/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'shop' spans 'shop'.",
            Code.CHOSEN,
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=Said(
            "Secret shop/tls is a mirror of prod/tls, in sync: its content is the source's.",
            Code.IN_SYNC,
        ),
    ),
    Row(
        title="what a namespace has to consent to, and does not",
        then=(Thing("prod", FOR_DEV | {names.COPY_LABELS: "team"}, {"team": "blue"}),),
        said=Said(
            "Secret dev/tls is to be a mirror of prod/tls, and is not there: "
            "reflection-allowed-namespaces is not restricted, reflection-auto-namespaces:"
            " 'dev' spans 'dev'.",
            Code.CHOSEN,
        ),
        problems=(
            Said(
                "kn-mirror.dev/copy-labels: heeded in namespaces only whose "
                "kn-mirror.dev/accept names prod/tls, by KN_MIRROR_CONSENT",
                Code.UNHEEDED,
            ),
        ),
        exits=Exits(1, 1, 1),
        done=Done("created"),
        after=IN_SYNC,
    ),
)
