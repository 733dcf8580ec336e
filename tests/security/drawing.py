"""What hypothesis draws of parties that mean no good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from mirroring import names
from tests.security.writings import WAYS

# Every example is some requests to a real API server, which begins anew for none of them.
few = settings(
    max_examples=8,
    # To make a failure shorter would take longer than a test has.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
many = settings(few, max_examples=150)
some = settings(few, max_examples=50)

kinds = st.sampled_from(["Secret", "ConfigMap"])
ways = st.sampled_from(sorted(WAYS))

# What Python, CEL and Go may each take for a blank, or for nothing.
_BLANKS: Final = ["", " ", "\t", "\n", "\x0b", "\x1c", "\x85", "\xa0", "\u2003", "\u200b", "\ufeff"]
blanks = st.sampled_from(_BLANKS)
_MARKS: Final = ["", ",", "'", '"', ";", "|", "\\"]


def _dressed(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Words as somebody writes them who hopes that two readers differ over them."""
    around = st.tuples(blanks, st.sampled_from(_MARKS))
    return st.builds(
        lambda word, before, after: "".join([*before, word, *reversed(after)]),
        words,
        around,
        around,
    )


def _in_any_case(word: str) -> st.SearchStrategy[str]:
    turned = st.lists(st.booleans(), min_size=len(word), max_size=len(word))
    return turned.map(
        lambda upper: "".join(
            letter.upper() if up else letter for letter, up in zip(word, upper, strict=True)
        )
    )


truths = st.one_of(
    st.just("true"),
    _dressed(_in_any_case("true")),
    st.sampled_from(
        ["false", "yes", "1", "", "\uff54\uff52\uff55\uff45", "tr\u0131ue", "t\u200brue"]
    ),
)
_items = st.one_of(
    st.sampled_from(["dev", "stage", "own", "victim"]),
    st.sampled_from([".*", "de.", "^dev$", "(?:dev)", "dev|stage", "^(?!own).*", "DEV", "d[e]v"]),
    _dressed(st.sampled_from(["dev", "stage"])),
)
_separators = st.sampled_from([",", ", ", ",\n", ",\x1c", ",,", ";", "|", " ", "\n"])
lists = st.one_of(
    st.just("dev"),
    blanks,
    st.builds(lambda by, items: by.join(items), _separators, st.lists(_items, max_size=10)),
)
_selectors = st.one_of(
    blanks,
    st.sampled_from(["env", "!env", "env=dev", "env!=dev", "env in (dev, stage)", "=", ",", "!"]),
)
_projections = st.sampled_from(["other", "tls.crt", "team", "*", "a=b", "", " "])

# An annotation of a source → what may be written there; None takes it away.
RULES: Final[Mapping[str, st.SearchStrategy[str]]] = {
    names.ALLOWED: truths,
    names.AUTO_ENABLED: truths,
    names.ALLOWED_NAMESPACES: lists,
    names.AUTO_NAMESPACES: lists,
    names.ALLOWED_NAMESPACES_SELECTOR: _selectors,
    names.AUTO_NAMESPACES_SELECTOR: _selectors,
    names.KEYS: _projections,
    names.NAME: _projections,
    names.COPY_LABELS: _projections,
    names.COPY_ANNOTATIONS: _projections,
    names.REFLECTS: st.sampled_from(["victim/tls", "own/tls", "", " "]),
    names.AUTO_REFLECTS: truths,
}


class Declaration(NamedTuple):
    """One write of somebody who would declare a source.

    Args:
        annotations: what becomes of them.
        way: one of `WAYS`.
    """

    annotations: dict[str, str | None]
    way: str


_annotations = st.fixed_dictionaries(
    {}, optional={name: st.none() | values for name, values in RULES.items()}
)
# Most people begin with the permission, and so do those who would have it unseen.
_permissions = st.builds(
    lambda value, others: {**others, names.ALLOWED: value}, truths, _annotations
)
declarations = st.builds(Declaration, _annotations | _permissions, ways)
declared = st.one_of(
    st.just({}),
    st.just({names.ALLOWED: "true", names.ALLOWED_NAMESPACES: "stage"}),
    st.just({names.ALLOWED: "false", names.AUTO_ENABLED: "true"}),
    st.just({names.REFLECTS: "victim/tls"}),
    _permissions.map(
        lambda drawn: {name: value for name, value in drawn.items() if value is not None}
    ),
)


def _path(namespaces: list[str], objects: list[str]) -> st.SearchStrategy[str]:
    whole = st.builds("{}/{}".format, st.sampled_from(namespaces), st.sampled_from(objects))
    odd = st.sampled_from(
        ["../victim/private", "victim/../victim/private", "victim%2Fprivate", "victim//private",
         "/victim/private", "victim/private/", "victim/private?watch=1", "VICTIM/private", ""]
    )  # fmt: skip
    return st.one_of(whole, whole, whole.flatmap(lambda text: _dressed(st.just(text))), odd)


OBJECTS: Final = ["private", "shared", "manual", "pulled", "other", "loop"]
_paths = _path(["victim", "ally", "attacker"], OBJECTS)
_places = _path(["Secret/victim", "Secret/ally", "Secret/attacker", "ConfigMap/attacker"], OBJECTS)


class Hostile(NamedTuple):
    """An object of somebody who would read what others have.

    Args:
        kind: of it.
        name: of it.
        annotations: whatever may bring content into it.
        labels: likewise.
    """

    kind: str
    name: str
    annotations: dict[str, str]
    labels: dict[str, str]


_claims: Final[Mapping[str, st.SearchStrategy[str]]] = {
    names.AUTO_REFLECTS: truths,
    names.REFLECTED_VERSION: st.sampled_from(["", "1", "99999999999"]),
    names.CONTENT_HASH: st.sampled_from(["", "0" * 64]),
    names.PLACE: _places,
    names.ADOPT: _paths,
    names.SUCCEEDS: _paths,
    names.ALLOWED: truths,
    names.AUTO_ENABLED: truths,
    names.NAME: st.sampled_from(OBJECTS),
    names.REPAIRS: st.just("0"),
}
_roles: Final[Mapping[str, st.SearchStrategy[str]]] = {
    names.ROLE: st.sampled_from(["source", "mirror", "pull-mirror", "x"]),
    names.MANAGED_BY: st.just(names.MANAGER),
    names.EDITED: st.just("true"),
    names.SOURCE: st.just("0" * 32),
}
hostile = st.builds(
    Hostile,
    kinds,
    st.sampled_from(OBJECTS),
    st.fixed_dictionaries({names.REFLECTS: _paths}, optional=dict(_claims)),
    st.fixed_dictionaries({}, optional=dict(_roles)),
)

Fields = Mapping[str, st.SearchStrategy[Any]]


def _one(fields: Fields) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(*(st.fixed_dictionaries({name: each}) for name, each in fields.items()))


def _some(fields: Fields) -> st.SearchStrategy[dict[str, Any]]:
    """One field alone as often as any number: what forbids the others would hide it."""
    return _one(fields) | st.fixed_dictionaries({}, optional=dict(fields))


# What somebody may try to make of an object's metadata.
_owner: Final = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "gone"}
_forged: Final = {
    "manager": "argocd", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
    "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:key": {}, "f:more": {}}},
}  # fmt: skip
_labels = _some(
    {
        **{name: st.none() | values for name, values in _roles.items()},
        "theirs": st.sampled_from([None, "other"]),
    }
)
_annotated = _some(
    {
        **{name: st.none() | values for name, values in {**_claims, **RULES}.items()},
        names.REFLECTS: st.none() | _paths,
        names.COPIED: st.none() | st.just("{}"),
        "theirs": st.sampled_from([None, "other"]),
    }
)


def of_mirror(source: str, place: str) -> dict[str, Any]:
    """All that says of an object that it is a mirror which kn-mirror made."""
    return {
        "labels": {names.ROLE: "mirror", names.MANAGED_BY: names.MANAGER},
        "annotations": {
            names.REFLECTS: source, names.AUTO_REFLECTS: "True", names.PLACE: place,
        },
    }  # fmt: skip


_of_metadata: Final[Fields] = {
    "labels": _labels,
    "annotations": _annotated,
    "ownerReferences": st.just([_owner]),
    "finalizers": st.just(["example.com/stays"]),
    "managedFields": st.sampled_from([[{}], [_forged]]),
}
_of_content: Final[Fields] = {
    "data": st.sampled_from([None, {"key": "Zm9yZ2Vk"}, {"key": None}, {"more": "bW9yZQ=="}]),
    "immutable": st.just(value=True),
    "type": st.sampled_from(["Opaque", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"]),
}


_metadata = st.one_of(
    _some(_of_metadata),
    st.builds(lambda labels, other: {"labels": labels, **other}, _labels, _one(_of_metadata)),
)
changes = st.one_of(
    _metadata.map(lambda drawn: {"metadata": drawn}),
    _one(_of_content),
    st.builds(lambda drawn, content: {"metadata": drawn, **content}, _metadata, _some(_of_content)),
)


class Attempt(NamedTuple):
    """One write of an object that somebody has no right to write.

    Args:
        kind: of the object.
        change: a merge patch.
        way: one of `WAYS`.
    """

    kind: str
    change: dict[str, Any]
    way: str


attempts = st.builds(Attempt, kinds, changes, ways)
