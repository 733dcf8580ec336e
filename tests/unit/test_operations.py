"""Manifests: what mirrors carry, and what brings them in line."""

from __future__ import annotations

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.references import CONFIG_MAP, Ref
from mirroring.planning.operations import fill_mirror, new_mirror, update_mirror
from tests.unit.examples import CONTENT, SOURCE, metadata, mirror, source

DEV = SOURCE.in_namespace("dev")
AT = "2026-11-24T00:00:00+00:00"


def test_a_mirror_has_the_content_and_the_type_of_its_source() -> None:
    body = new_mirror(source(), at=AT)

    assert body["data"] == CONTENT.fields["data"]
    assert body["type"] == "kubernetes.io/tls"


def test_a_mirror_carries_the_record_that_reflector_reads_as_its_own() -> None:
    annotations = new_mirror(source(version="42"), at=AT)["metadata"]["annotations"]

    assert annotations == {
        "reflector.v1.k8s.emberstack.com/reflects": "prod/tls",
        "reflector.v1.k8s.emberstack.com/auto-reflects": "True",
        "reflector.v1.k8s.emberstack.com/reflected-version": "42",
        "reflector.v1.k8s.emberstack.com/reflected-at": AT,
        "kn-mirror.dev/content-hash": CONTENT.hash,
    }


def test_a_mirror_takes_neither_labels_nor_annotations_of_its_source() -> None:
    of = source(ALLOWED_NAMESPACES="dev")

    body = new_mirror(of, at=AT)

    assert names.ALLOWED not in body["metadata"]["annotations"]
    assert body["metadata"]["labels"][names.ROLE] == "mirror"


def test_an_immutable_source_has_immutable_mirrors() -> None:
    frozen = Content(CONTENT.fields, CONTENT.type, immutable=True)

    assert new_mirror(source(frozen), at=AT)["immutable"] is True


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


def test_binary_data_that_left_a_config_map_leaves_what_others_apply_too() -> None:
    """Of its keys nobody tells, since kn-mirror has given them up."""
    named = {names.REFLECTS: "prod/tls"}
    seen = metadata(Ref(CONFIG_MAP, "dev", "ca"), annotations=named, fields=Fields(is_applied=True))
    content = Content({"data": {"new": "x"}, "binaryData": {}})

    assert {"op": "add", "path": "/binaryData", "value": {}} in fill_mirror(
        seen, source(content), at=AT
    )
