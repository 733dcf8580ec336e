"""Records and claims: what a mirror says of itself, and what that proves."""

from __future__ import annotations

import pytest

from mirroring import names
from mirroring.objects.references import SECRET, Ref
from mirroring.ownership.claims import Standing, claim
from mirroring.ownership.records import record_of
from tests.unit.examples import SOURCE, metadata, mirror, source

DEV = SOURCE.in_namespace("dev")


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


@pytest.mark.parametrize("auto", ["True", "true", " TRUE "])
def test_record_of_exactly_this_source_is_the_proof(auto: str) -> None:
    annotations = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: auto}

    assert claim(metadata(DEV, annotations=annotations), SOURCE).may_delete


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        {names.REFLECTS: "prod/tls"},
        {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "False"},
        {names.REFLECTS: "prod/other", names.AUTO_REFLECTS: "True"},
        {names.AUTO_REFLECTS: "True"},
        {names.ADOPT: "prod/tls"},
    ],
)
def test_anything_less_is_no_proof(annotations: dict[str, str]) -> None:
    assert not claim(metadata(DEV, annotations=annotations), SOURCE).may_delete


OURS = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}


def test_a_mirror_that_cert_manager_has_taken_is_no_longer_ours() -> None:
    taken = metadata(DEV, annotations=OURS | {names.CERTIFICATE: "teams"})

    theirs = claim(taken, SOURCE)

    assert theirs.standing is Standing.CONTROLLED
    assert "cert-manager issued for Certificate teams" in theirs.because


def test_what_cert_manager_issued_once_is_ours_where_its_owner_handed_it_over() -> None:
    left = {names.CERTIFICATE: "former", names.ADOPT: "prod/tls"}

    assert claim(metadata(DEV, annotations=OURS | left), SOURCE).standing is Standing.OWNED


def test_labels_alone_are_no_proof() -> None:
    labelled = metadata(DEV, labels=dict(mirror(source(), "dev").labels))

    assert claim(labelled, SOURCE).standing is Standing.FOREIGN


def test_an_object_of_another_name_is_not_the_mirror_whatever_it_says() -> None:
    annotations = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}

    other = metadata(Ref(SECRET, "dev", "other"), annotations=annotations)

    assert claim(other, SOURCE).standing is Standing.FOREIGN
