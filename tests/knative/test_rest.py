"""What comes to rest by the rights that the functions have, where the API server labels edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.clusters import auto
from tests.knative.test_edits import EDITED

if TYPE_CHECKING:
    from tests.conformance.clusters import Cluster
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

TO_DEV = auto(reflection_auto_namespaces="dev")


def metadata(workbench: Workbench) -> dict[str, Any]:
    found = workbench.get("Secret", "dev", "tls")
    assert found
    return dict(found["metadata"])


@pytest.fixture
def mirrored(cluster: Cluster) -> Cluster:
    """Secret prod/tls, and its mirror dev/tls."""
    cluster.write("prod/tls", {"key": "one"}, TO_DEV)
    return cluster


def test_a_mirror_that_was_edited_and_set_back_is_touched_once(
    mirrored: Cluster, workbench: Workbench
) -> None:
    for value in ("other", "one"):
        workbench.patch("Secret", "dev", "tls", {"stringData": {"key": value}})

    mirrored.happened("dev/tls")
    touched = metadata(workbench)
    mirrored.happened("dev/tls")

    assert EDITED not in touched["labels"]
    assert metadata(workbench)["resourceVersion"] == touched["resourceVersion"]
    assert "f:data" in touched["managedFields"][-1]["fieldsV1"]


def test_a_mirror_whose_managed_fields_were_cleared_is_read_once(
    mirrored: Cluster, workbench: Workbench
) -> None:
    cleared = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
    workbench.patch("Secret", "dev", "tls", cleared)

    mirrored.happened("dev/tls")
    with mirrored.handler.requests() as asked:
        mirrored.happened("dev/tls")

    assert asked == ["GET /api/v1/namespaces/dev/secrets/tls"]


def test_a_mirror_may_be_made_anew(mirrored: Cluster, workbench: Workbench) -> None:
    """Guards that `guard` admits the dry run that comes before."""
    workbench.patch("Secret", "dev", "tls", {"immutable": True})

    report = mirrored.happened("dev/tls")

    found = workbench.get("Secret", "dev", "tls")
    assert found
    assert not found.get("immutable")
    assert [each.because for each in report.outcomes if "made anew" in each.because]


def test_whoever_insists_has_the_last_word_and_wakes_nothing_by_it(
    mirrored: Cluster, workbench: Workbench
) -> None:
    insisting = {"stringData": {"key": "theirs"}}
    for _ in range(10):
        workbench.patch("Secret", "dev", "tls", insisting)
        mirrored.happened("dev/tls")

    before = metadata(workbench)["resourceVersion"]
    mirrored.happened("dev/tls")
    mirrored.happened("prod/tls")

    assert mirrored.data("dev/tls") == {"key": "theirs"}
    assert metadata(workbench)["resourceVersion"] == before
    events = workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
    assert ["does not stay as it was put right" in each["message"] for each in events] == [True]
