"""Objects: what is read of them, and what is never shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mirroring.cluster.decoding import Decoder
from mirroring.names import CONTENT_HASH, REFLECTED_VERSION, REFLECTS
from mirroring.objects.content import Content
from mirroring.objects.references import CONFIG_MAP, SECRET, Kind

if TYPE_CHECKING:
    from mirroring.objects.field_owners import Fields
    from mirroring.objects.metadata import Metadata, Object

OURS = {
    "manager": "kn-mirror",
    "operation": "Update",
    "time": "2026-01-01T00:00:05Z",
    "fieldsV1": {"f:data": {".": {}, "f:tls.crt": {}}},
}


def entry(manager: str, time: str, **fields: dict[str, Any]) -> dict[str, Any]:
    """One entry of managedFields."""
    owned = {f"f:{name}": value for name, value in fields.items()}
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": owned}


def decoded(body: dict[str, Any], kind: Kind = SECRET) -> Object:
    """Decode an object as the API sends it."""
    metadata = {"name": "a", "namespace": "b", "uid": "1", "resourceVersion": "5"}
    whole = {**body, "metadata": {**metadata, **body.get("metadata", {})}}
    return Decoder(kind).object(json.dumps(whole).encode())


def fields_of(*entries: dict[str, Any]) -> Fields:
    """Decode what `managedFields` tells."""
    return decoded({"metadata": {"managedFields": list(entries)}}).metadata.fields


def test_content_has_no_readable_form() -> None:
    assert "aHVudGVyMg==" not in repr(Content({"data": {"password": "aHVudGVyMg=="}}))


def test_equal_contents_have_equal_hashes_in_whatever_order_their_keys_are() -> None:
    assert (
        Content({"data": {"a": "1", "b": "2"}}).hash == Content({"data": {"b": "2", "a": "1"}}).hash
    )


def test_a_key_in_binary_data_is_not_the_same_key_in_data() -> None:
    one = Content({"data": {"a": "1"}, "binaryData": {}})
    other = Content({"data": {}, "binaryData": {"a": "1"}})

    assert one.hash != other.hash


def test_absent_and_null_data_are_both_empty() -> None:
    assert decoded({"data": None}, CONFIG_MAP).content == decoded({}, CONFIG_MAP).content


def test_another_manager_that_wrote_content_after_us_is_named() -> None:
    fields = fields_of(OURS, entry("kubectl-edit", "2026-01-01T00:00:06Z", data={"f:tls.key": {}}))

    assert fields.foreign_manager == "kubectl-edit"


def test_another_manager_that_wrote_content_before_us_is_not() -> None:
    fields = fields_of(entry("Reflector", "2026-01-01T00:00:01Z", data={"f:tls.key": {}}), OURS)

    assert fields.foreign_manager == ""


def test_another_manager_of_labels_is_none_of_the_content() -> None:
    fields = fields_of(OURS, entry("kubectl-label", "2026-01-01T00:00:09Z", metadata={}))

    assert fields.foreign_manager == ""


def test_the_keys_of_all_managers_are_those_of_the_object() -> None:
    fields = fields_of(OURS, entry("x", "2026-01-01T00:00:01Z", data={"f:tls.key": {}}))

    assert fields.keys == {"data/tls.crt", "data/tls.key"}


def applied(*entries: dict[str, Any], **annotations: str) -> Metadata:
    """Decode an object that helm applies, beside what `managedFields` tells of others."""
    helm = {**entry("helm", "2026-01-01T00:00:01Z", type={}), "operation": "Apply"}
    managed = {"managedFields": [*entries, helm], "annotations": annotations}
    return decoded({"metadata": managed}).metadata


REFLECTING = {REFLECTS: "prod/tls"}


def test_what_kn_mirror_wrote_of_what_others_apply_is_withheld_and_can_be_given_up() -> None:
    found = applied(OURS, **REFLECTING)

    assert found.fields.withheld
    assert [each["manager"] for each in json.loads(found.managed)] == ["kn-mirror", "helm"]
    assert json.loads(found.managed)[0] == OURS


def test_reflectors_annotations_are_withheld_too_and_its_own_are_not() -> None:
    notes: dict[str, Any] = {"f:annotations": {f"f:{REFLECTED_VERSION}": {}}}
    own: dict[str, Any] = {"f:annotations": {f"f:{CONTENT_HASH}": {}}}

    held = [
        applied({**OURS, "fieldsV1": {"f:metadata": each}}).fields.withheld for each in (notes, own)
    ]

    assert held == [True, False]


def test_what_nobody_applies_is_not_withheld() -> None:
    fields = fields_of(OURS, entry("kubectl-edit", "2026-01-01T00:00:01Z", type={}))

    assert not fields.is_applied
    assert not fields.withheld


def test_who_owns_what_is_kept_of_pull_mirrors_alone() -> None:
    """Of thousands of objects it would take more memory than the rest."""
    assert applied(OURS).managed == b""
    assert applied(**REFLECTING).managed == b""


def test_an_object_made_anew_under_the_same_name_is_another_version() -> None:
    one, other = decoded({}), decoded({"metadata": {"uid": "2"}})

    assert one.metadata.version != other.metadata.version
