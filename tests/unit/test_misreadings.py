"""Annotations that nobody reads, and what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given

from mirroring import names
from mirroring.objects.references import SECRET, Ref
from mirroring.policies.misreadings import misread, misread_of_namespace
from tests.strategies import Written, annotation_sets
from tests.unit.examples import EVERYWHERE, metadata, mirror, source

REFLECTOR = names.REFLECTOR


def told(**annotated: str) -> list[str]:
    """What is told of an object; annotations by their whole names."""
    found = metadata(Ref(SECRET, "prod", "tls"), annotations=annotated)
    return [problem.because for problem in misread(found)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (f"{REFLECTOR}secret-reflection-allowed", names.ALLOWED),
        (f"{REFLECTOR}secret-reflection-auto-enabled", names.AUTO_ENABLED),
        (f"{REFLECTOR}reflection-auto-enable", names.AUTO_ENABLED),
        (f"{REFLECTOR}reflection-alowed", names.ALLOWED),
        (f"{REFLECTOR}reflection-allowed-namespace", names.ALLOWED_NAMESPACES),
        (f"{REFLECTOR}reflection_auto_namespaces", names.AUTO_NAMESPACES),
        (f"{REFLECTOR}Reflection-Allowed", names.ALLOWED),
        (f"{REFLECTOR}reflect", names.REFLECTS),
        (f"{REFLECTOR}keys", names.KEYS),
        ("reflector.v1.emberstack.com/reflection-allowed", names.ALLOWED),
        ("reflection-allowed", names.ALLOWED),
        ("kn-mirror.dev/key", names.KEYS),
        ("kn-mirror.dev/copy-label", names.COPY_LABELS),
        ("kn-mirror.io/keys", names.KEYS),
    ],
)
def test_of_a_name_that_is_misspelt_it_is_told_what_was_meant(written: str, meant: str) -> None:
    [problem] = told(**{written: "true"})

    assert repr(written) in problem
    assert problem.endswith(f"Did you mean {meant}?")


def test_a_name_of_reflectors_that_nobody_knows_is_told_too() -> None:
    [problem] = told(**{f"{REFLECTOR}flavour": "any"})

    assert "is no annotation that is read" in problem


@pytest.mark.parametrize(
    "written",
    ["kn-mirror.dev/since-version-9", "example.com/keys", "keys", "mirror.example.com/reflection"],
)
def test_what_a_newer_version_or_another_tool_may_have_written_is_not(written: str) -> None:
    assert told(**{written: "true"}) == []


@pytest.mark.parametrize(
    "known",
    sorted(value for name, value in vars(names).items() if name.isupper()),
)
def test_of_no_name_that_is_known_anything_is_told(known: str) -> None:
    assert told(**{known: "true", names.REFLECTS: "prod/tls"}) == []


def test_nothing_is_told_of_what_stands_on_a_mirror() -> None:
    made = mirror(source(), "dev")
    newer = {
        **made.annotations,
        f"{REFLECTOR}reflected-as": "x",
        "kn-mirror.dev/content-hashes": "x",
    }

    assert misread(metadata(made.ref, annotations=newer)) == []


@pytest.mark.parametrize("value", ["yes", "1", "ture", '"true"'])
def test_what_is_neither_true_nor_false_is_told(value: str) -> None:
    [problem] = told(**EVERYWHERE | {names.AUTO_ENABLED: value})

    assert problem.startswith("reflection-auto-enabled: ")


@pytest.mark.parametrize("value", ["true", "True", " false ", ""])
def test_what_is_either_is_not(value: str) -> None:
    assert told(**EVERYWHERE | {names.AUTO_ENABLED: value}) == []


def test_a_source_that_cannot_be_one_is_told() -> None:
    assert told(**{names.REFLECTS: "'prod/tls'"}) == [
        """reflects: "'prod/tls'" is not 'namespace/name'"""
    ]


@pytest.mark.parametrize(
    ("annotated", "said"),
    [
        ({"kn-mirror.dev/accepts": "none"}, "Did you mean kn-mirror.dev/accept?"),
        ({names.ACCEPT: "prod/*\nshop/ca"}, "by commas and nothing else: 'prod/*,shop/ca'"),
        ({names.ACCEPT: '["prod/*"]'}, "by commas and nothing else: 'prod/*'"),
    ],
)
def test_a_namespaces_owner_is_told_too(annotated: dict[str, str], said: str) -> None:
    [problem] = misread_of_namespace(annotated)

    assert said in problem.because


@pytest.mark.parametrize("accepted", ["none", "", "cert-manager/*, shop/ca"])
def test_of_a_namespace_that_is_right_nothing_is_told(accepted: str) -> None:
    assert misread_of_namespace({names.ACCEPT: accepted, "example.com/mirror": "x"}) == ()


def test_of_many_the_first_five_are_told() -> None:
    assert len(told(**{f"{REFLECTOR}reflection-allowed{number}": "" for number in range(500)})) == 5


@given(annotation_sets)
def test_whatever_is_written_nothing_breaks_and_what_is_told_is_short(
    annotated: dict[str, Written],
) -> None:
    texts = {name: each.text for name, each in annotated.items()}

    of_namespace = [problem.because for problem in misread_of_namespace(texts)]
    found = [*told(**texts), *of_namespace]

    assert all(len(problem) < 3000 for problem in found)
