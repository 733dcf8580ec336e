"""Records and claims: what a mirror says of itself, and what that proves.

The policy `guard` is held to the same examples by tests/knative.
"""

from __future__ import annotations

import pytest

from mirroring import names
from mirroring.objects.references import SECRET, Ref, place_of
from mirroring.ownership.claims import Standing, claim
from mirroring.ownership.records import predecessor_of, record_of
from tests.claimed import EXAMPLES
from tests.unit.examples import SOURCE, metadata, mirror, source

DEV = SOURCE.in_namespace("dev")
OURS = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("prod/tls", Ref(SECRET, "prod", "tls")),
        (" prod / tls ", Ref(SECRET, "prod", "tls")),
        ("tls", Ref(SECRET, "dev", "tls")),
        ("prod/a.b", Ref(SECRET, "prod", "a.b")),
    ],
)
def test_a_mirror_says_what_it_reflects(written: str, read: Ref) -> None:
    record = record_of(metadata(DEV, annotations={names.REFLECTS: written}))

    assert record is not None
    assert record.source == read


@pytest.mark.parametrize("written", ["", " ", "a/b/c", "a/", "/b", "../x", "A/B", "a b/c"])
def test_what_names_no_object_makes_no_mirror(written: str) -> None:
    assert record_of(metadata(DEV, annotations={names.REFLECTS: written})) is None


@pytest.mark.parametrize("at", ['"2024-01-01T00:00:00Z"', "2024-01-01", "garbage", ""])
def test_no_form_of_the_time_of_reflection_harms(at: str) -> None:
    annotations = {names.REFLECTS: "prod/tls", names.REFLECTED_AT: at}

    assert record_of(metadata(DEV, annotations=annotations)) is not None


@pytest.mark.parametrize("example", EXAMPLES)
def test_whose_an_object_is(example: str) -> None:
    each = EXAMPLES[example]
    found = metadata(
        Ref(SECRET, each.namespace, each.name),
        annotations=dict(each.annotations),
        labels=dict(each.labels),
        controller=f"{each.controllers[0]} tls" if each.controllers else "",
    )

    decided = claim(found, SOURCE)

    assert decided.standing is Standing(each.standing)
    assert (decided.may_update, decided.may_delete) == (each.may_be_updated, each.may_be_deleted)


@pytest.mark.parametrize(
    ("annotations", "controller", "told"),
    [
        ({names.CERTIFICATE: "teams"}, "", "cert-manager issued for Certificate teams"),
        ({}, "ExternalSecret db", "controlled by ExternalSecret db"),
        ({names.ALLOWED: "true"}, "", "is a source of its own"),
        ({names.PLACE: "Secret/stage/tls"}, "", "copied from the mirror Secret/stage/tls"),
    ],
)
def test_who_else_has_it_is_told(annotations: dict[str, str], controller: str, told: str) -> None:
    theirs = metadata(DEV, annotations=OURS | annotations, controller=controller)

    assert told in claim(theirs, SOURCE).because


@pytest.mark.parametrize("auto", ["True", "true", " TRUE "])
def test_that_it_is_automatic_is_read_as_reflector_reads_it(auto: str) -> None:
    assert claim(metadata(DEV, annotations=OURS | {names.AUTO_REFLECTS: auto}), SOURCE).may_delete


def test_a_mirror_of_another_name_is_proven_by_its_labels_where_no_place_is_noted() -> None:
    labels = dict(mirror(source(), "dev").labels)
    renamed = metadata(Ref(SECRET, "dev", "other"), annotations=OURS, labels=labels)

    assert claim(renamed, SOURCE).standing is Standing.OWNED


def test_labels_alone_are_no_proof() -> None:
    labelled = metadata(DEV, labels=dict(mirror(source(), "dev").labels))

    assert claim(labelled, SOURCE).standing is Standing.FOREIGN


HEIR = Ref(SECRET, "new", "tls")


def test_a_mirror_is_inherited_by_who_succeeds_its_source() -> None:
    written = metadata(DEV, annotations=OURS | {names.PLACE: place_of(DEV)})

    assert claim(written, HEIR, heir_of=SOURCE).standing is Standing.INHERITED
    assert claim(written, HEIR).standing is Standing.OTHER_SOURCE


@pytest.mark.parametrize(
    ("annotations", "before"),
    [
        (OURS | {names.ALLOWED: "true"}, SOURCE),
        ({names.SUCCEEDS: "prod/tls", names.ALLOWED: "true"}, SOURCE),
        ({names.SUCCEEDS: "prod/tls"}, None),
        ({names.SUCCEEDS: "new/tls", names.ALLOWED: "true"}, None),
        ({names.SUCCEEDS: "../tls", names.ALLOWED: "true"}, None),
        (OURS | {names.ALLOWED: "true", names.PLACE: "Secret/dev/tls"}, None),
        (OURS | {names.ALLOWED: "true", names.AUTO_REFLECTS: "False"}, None),
        (OURS, None),
    ],
)
def test_only_a_source_that_was_a_mirror_succeeds_another(
    annotations: dict[str, str], before: Ref | None
) -> None:
    assert predecessor_of(metadata(HEIR, annotations=annotations)) == before
