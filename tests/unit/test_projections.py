"""What a mirror takes of its source when the owner asks for something else than all."""

from __future__ import annotations

import pytest

from mirroring import names
from mirroring.objects.content import Content
from mirroring.policies.metadata_filters import MetadataFilter
from mirroring.policies.projections import Projection

CONTENT = Content({"data": {"tls.crt": "Y2VydA==", "tls.key": "a2V5"}}, type="kubernetes.io/tls")


def shape(keys: str) -> Projection:
    return Projection.read({names.KEYS: keys})


@pytest.mark.parametrize("keys", ["", "  "])
def test_unless_keys_are_named_all_are_taken(keys: str) -> None:
    assert shape(keys).of(CONTENT) == CONTENT


def test_only_the_keys_that_are_named_are_taken() -> None:
    assert shape("tls.crt").of(CONTENT).fields == {"data": {"tls.crt": "Y2VydA=="}}


def test_a_key_may_get_another_name() -> None:
    taken = shape(" tls.crt = cert.pem , tls.key ").of(CONTENT)

    assert taken.fields == {"data": {"cert.pem": "Y2VydA==", "tls.key": "a2V5"}}


@pytest.mark.parametrize("keys", ["tls.crt", "tls.crt=a, tls.key"])
def test_a_secret_without_all_its_keys_is_opaque(keys: str) -> None:
    assert shape(keys).of(CONTENT).type == "Opaque"


def test_a_secret_with_all_its_keys_keeps_its_type() -> None:
    assert shape("tls.key, tls.crt").of(CONTENT).type == "kubernetes.io/tls"


@pytest.mark.parametrize(
    ("type_", "held", "keys"),
    [
        ("kubernetes.io/tls", "tls.crt,tls.key,ca.crt", "tls.crt, tls.key"),
        ("kubernetes.io/tls", "tls.crt,tls.key,ca.crt", "tls.crt, tls.key, ca.crt=root.pem"),
        ("kubernetes.io/basic-auth", "username,password", "password"),
        ("kubernetes.io/basic-auth", "username,password", "username"),
        ("kubernetes.io/dockerconfigjson", ".dockerconfigjson,note", ".dockerconfigjson"),
        ("kubernetes.io/dockercfg", ".dockercfg,note", ".dockercfg"),
        ("kubernetes.io/ssh-auth", "ssh-privatekey,known_hosts", "ssh-privatekey"),
    ],
)
def test_a_secret_with_the_keys_that_its_type_demands_keeps_it(
    type_: str, held: str, keys: str
) -> None:
    content = Content({"data": dict.fromkeys(held.split(","), "b25l")}, type=type_)

    assert shape(keys).of(content).type == type_


@pytest.mark.parametrize(
    ("type_", "held", "keys"),
    [
        ("kubernetes.io/tls", "tls.crt,tls.key", "tls.crt=tls.key, tls.key=tls.crt"),
        ("kubernetes.io/tls", "tls.crt,tls.key,ca.crt", "tls.crt, ca.crt=tls.key"),
        ("kubernetes.io/basic-auth", "username,password,note", "note"),
        ("example.com/any", "a,b", "a"),
    ],
)
def test_a_secret_without_them_under_their_own_names_is_opaque(
    type_: str, held: str, keys: str
) -> None:
    content = Content({"data": dict.fromkeys(held.split(","), "b25l")}, type=type_)

    assert shape(keys).of(content).type == "Opaque"


def test_a_config_maps_keys_stay_in_their_fields() -> None:
    content = Content({"data": {"a": "text"}, "binaryData": {"b": "AA==", "c": "AA=="}})

    assert shape("a,b=d").of(content) == Content(
        {"data": {"a": "text"}, "binaryData": {"d": "AA=="}}
    )


def test_a_key_that_is_not_held_is_a_shortcoming_that_is_named() -> None:
    assert shape("tls.crt, ca.crt").missing_keys(CONTENT) == (
        "kn-mirror.dev/keys names 'ca.crt', which it does not hold"
    )


@pytest.mark.parametrize("keys", [",", "a b", "=x", "tls.crt=", "tls.crt=a/b", "a=x,b=x"])
def test_keys_that_cannot_be_read_are_a_shortcoming(keys: str) -> None:
    assert shape(keys).missing_keys(CONTENT).startswith("kn-mirror.dev/keys")


@pytest.mark.parametrize(
    ("patterns", "copied"),
    [
        ("", set()),
        ("team", {"team"}),
        ("app.example.com/*", {"app.example.com/tier"}),
        ("*", {"team", "app.example.com/tier"}),
        ("Team", set()),
        ("argocd.argoproj.io/*", set()),
        ("argocd.argoproj.io/secret-type", {"argocd.argoproj.io/secret-type"}),
        ("app.kubernetes.io/instance", {"app.kubernetes.io/instance"}),
        ("kn-mirror.dev/role", set()),
        ("cert-manager.io/certificate-name", set()),
        ("kubectl.kubernetes.io/last-applied-configuration", set()),
    ],
)
def test_labels_and_annotations_are_picked_by_pattern(patterns: str, copied: set[str]) -> None:
    entries = dict.fromkeys(
        [
            "team",
            "app.example.com/tier",
            "app.kubernetes.io/instance",
            "argocd.argoproj.io/secret-type",
            "cert-manager.io/certificate-name",
            "kn-mirror.dev/role",
            "kubectl.kubernetes.io/last-applied-configuration",
        ],
        "",
    )

    assert MetadataFilter.parse(patterns).pick(entries).keys() == copied
