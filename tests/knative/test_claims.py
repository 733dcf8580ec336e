"""Whose an object is: policy `guard` says of each example what the functions' own claim says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.changes import Patch
from mirroring.objects.content import Content
from mirroring.objects.metadata import Metadata, Object
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.manifests import Manifest
from mirroring.planning.steps import Op, Step
from mirroring.policies.sources import Source
from tests.claimed import EXAMPLES, Example
from tests.lab.api import JSON_PATCH, MERGE_PATCH, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

_SOURCE = Source.read(
    Ref(SECRET, "prod", "tls"),
    Object(
        Metadata(Ref(SECRET, "prod", "tls"), "uid", "1", annotations={names.ALLOWED: "true"}),
        Content({"data": {"key": "b25l"}}, type="Opaque"),
    ),
)


def _owner(kind: str, *, controller: bool) -> dict[str, Any]:
    return {
        "apiVersion": "example.com/v1", "kind": kind, "name": "tls", "uid": kind,
        "controller": controller,
    }  # fmt: skip


def _write(workbench: Workbench, example: Example) -> dict[str, Any]:
    workbench.namespace(example.namespace)
    owners = [
        *(_owner(kind, controller=False) for kind in example.owners),
        *(_owner(kind, controller=True) for kind in example.controllers),
    ]
    metadata = {
        "name": example.name,
        "annotations": dict(example.annotations),
        "labels": dict(example.labels),
        "ownerReferences": owners,
    }
    path = f"/api/v1/namespaces/{example.namespace}/secrets"
    body = {"metadata": metadata, "type": "Opaque", "data": {"key": "bWluZQ=="}}
    return workbench.create(path, body)


def _update(made: dict[str, Any]) -> bytes:
    """Return what would make a mirror of prod/tls of an object."""
    metadata = made["metadata"]
    seen = Metadata(
        Ref(SECRET, metadata["namespace"], metadata["name"]),
        metadata["uid"],
        metadata["resourceVersion"],
        metadata.get("labels", {}),
        metadata.get("annotations", {}),
    )
    manifest = Manifest(_SOURCE, "2026-01-01T00:00:00+00:00")
    change = manifest.change(Step(Op.UPDATE, seen.ref, "", Code.EDITED, seen))
    assert isinstance(change, Patch)
    return change.body


@pytest.mark.parametrize("example", EXAMPLES)
def test_guard_permits_what_the_claim_permits(
    workbench: Workbench, token: Callable[[str], str], example: str
) -> None:
    each = EXAMPLES[example]
    made = _write(workbench, each)
    # It is asked only, so that the second question is about the same object.
    path = f"/api/v1/namespaces/{each.namespace}/secrets/{each.name}?dryRun=All"
    api = Api(workbench.api.url, token=token("on-secret-update"), ca_file=workbench.api.ca_file)

    update = api.request("PATCH", path, _update(made), content_type=JSON_PATCH)
    delete = api.request("DELETE", path)

    assert (update.status == 200, delete.status == 200) == (
        # The policy cannot know for which source, nor which one comes first.
        each.may_be_updated or each.of_another,
        # What an update may replace it may delete, where no update can.
        each.may_be_replaced,
    )
    assert {update.status, delete.status} <= {200, 403}


@pytest.mark.parametrize(
    ("annotations", "status"),
    [({}, 403), ({names.SUCCEEDS: "old/tls"}, 200), ({names.SUCCEEDS: "older/tls"}, 403)],
)
def test_guard_has_a_source_say_whose_mirrors_it_takes_over(
    workbench: Workbench,
    token: Callable[[str], str],
    annotations: dict[str, str],
    status: int,
) -> None:
    inherited = Example("inherited", {names.REFLECTS: "old/tls", names.AUTO_REFLECTS: "True"})
    made = _write(workbench, inherited)
    api = Api(workbench.api.url, token=token("on-secret-update"), ca_file=workbench.api.ca_file)
    taken = {
        **made["metadata"]["annotations"],
        **annotations,
        names.REFLECTS: "prod/tls",
        names.PLACE: "Secret/dev/tls",
    }
    labels = {names.MANAGED_BY: names.MANAGER, names.ROLE: names.ROLE_MIRROR}
    body = {"metadata": {"annotations": taken, "labels": labels}}

    answer = api.request(
        "PATCH", "/api/v1/namespaces/dev/secrets/tls", body, content_type=MERGE_PATCH
    )

    assert answer.status == status
