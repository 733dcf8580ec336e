"""Mirrors: their bookkeeping, the proof that they are ours, and what they carry."""

from __future__ import annotations

import pytest

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.ownership.claims import prove_ours
from mirroring.ownership.records import bookkeeping
from mirroring.planning.manifests import new_mirror, update_mirror
from tests.unit.examples import CONTENT, SOURCE, metadata, mirror, source

DEV = SOURCE.in_namespace("dev")
AT = "2026-11-24T00:00:00+00:00"


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
    kept = bookkeeping(metadata(DEV, annotations={names.REFLECTS: written}))

    assert kept is not None
    assert kept.source == read


@pytest.mark.parametrize("written", ["", " ", "a/b/c", "a/", "/b", "../x", "A/B", "a b/c"])
def test_what_names_no_object_makes_no_mirror(written: str) -> None:
    assert bookkeeping(metadata(DEV, annotations={names.REFLECTS: written})) is None


@pytest.mark.parametrize("at", ['"2024-01-01T00:00:00Z"', "2024-01-01", "garbage", ""])
def test_no_form_of_the_time_of_reflection_harms(at: str) -> None:
    annotations = {names.REFLECTS: "prod/tls", names.REFLECTED_AT: at}

    assert bookkeeping(metadata(DEV, annotations=annotations)) is not None


@pytest.mark.parametrize("auto", ["True", "true", " TRUE "])
def test_bookkeeping_of_exactly_this_source_is_the_proof(auto: str) -> None:
    annotations = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: auto}

    assert prove_ours(metadata(DEV, annotations=annotations), SOURCE)


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
    assert not prove_ours(metadata(DEV, annotations=annotations), SOURCE)


OURS = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}


def test_a_mirror_that_cert_manager_has_taken_is_no_longer_ours() -> None:
    taken = metadata(DEV, annotations=OURS | {names.CERTIFICATE: "teams"})

    verdict = prove_ours(taken, SOURCE)

    assert not verdict
    assert "cert-manager issued for Certificate teams" in verdict.because


def test_what_cert_manager_issued_once_is_ours_where_its_owner_handed_it_over() -> None:
    left = {names.CERTIFICATE: "former", names.ADOPT: "prod/tls"}

    assert prove_ours(metadata(DEV, annotations=OURS | left), SOURCE)


def test_labels_alone_are_no_proof() -> None:
    labelled = metadata(DEV, labels=dict(mirror(source(), "dev").labels))

    assert not prove_ours(labelled, SOURCE)


def test_an_object_of_another_name_is_not_the_mirror_whatever_it_says() -> None:
    annotations = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}

    assert not prove_ours(metadata(Ref(SECRET, "dev", "other"), annotations=annotations), SOURCE)


def test_a_mirror_has_the_content_and_the_type_of_its_source() -> None:
    body = new_mirror(source(), "dev", at=AT)

    assert body["data"] == CONTENT.fields["data"]
    assert body["type"] == "kubernetes.io/tls"


def test_a_mirror_carries_the_bookkeeping_that_reflector_reads_as_its_own() -> None:
    annotations = new_mirror(source(version="42"), "dev", at=AT)["metadata"]["annotations"]

    assert annotations == {
        "reflector.v1.k8s.emberstack.com/reflects": "prod/tls",
        "reflector.v1.k8s.emberstack.com/auto-reflects": "True",
        "reflector.v1.k8s.emberstack.com/reflected-version": "42",
        "reflector.v1.k8s.emberstack.com/reflected-at": AT,
        "kn-mirror.dev/content-hash": CONTENT.hash,
    }


def test_a_mirror_takes_neither_labels_nor_annotations_of_its_source() -> None:
    of = source(ALLOWED_NAMESPACES="dev")

    body = new_mirror(of, "dev", at=AT)

    assert names.ALLOWED not in body["metadata"]["annotations"]
    assert body["metadata"]["labels"][names.ROLE] == "mirror"


def test_an_immutable_source_has_immutable_mirrors() -> None:
    frozen = Content(CONTENT.fields, CONTENT.type, immutable=True)

    assert new_mirror(source(frozen), "dev", at=AT)["immutable"] is True


def test_an_update_replaces_the_content_whole() -> None:
    operations = update_mirror(mirror(source(), "dev"), source(), at=AT)

    assert {"op": "add", "path": "/data", "value": CONTENT.fields["data"]} in operations


def test_an_update_leaves_the_annotations_of_others() -> None:
    seen = metadata(DEV, annotations={"example.com/note": "keep"})

    operations = update_mirror(seen, source(version="9"), at=AT)

    (written,) = [each["value"] for each in operations if each["path"] == "/metadata/annotations"]
    assert written["example.com/note"] == "keep"
    assert written[names.REFLECTED_VERSION] == "9"


def test_binary_data_that_left_a_config_map_leaves_its_mirror() -> None:
    ref = Ref(CONFIG_MAP, "dev", "ca")
    seen = metadata(ref, annotations={"a": "b"}, fields=Fields(frozenset({"binaryData/old"})))
    content = Content({"data": {"new": "x"}, "binaryData": {}})

    assert {"op": "add", "path": "/binaryData", "value": {}} in update_mirror(
        seen, source(content), at=AT
    )
