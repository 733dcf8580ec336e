"""kn-mirror installed on a real control plane, as far as that knows without Knative's programs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.clusters import Workbench
from tests.conformance.clusters import ALLOWED
from tests.knative.manifests import folder_of
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api import Api
    from tests.controlplane import ControlPlane
    from tests.knative.kubectl import Kubectl

NAMESPACE = "kn-mirror"
PROBED = "probe"
_PROBE = f"/api/v1/namespaces/{PROBED}/secrets?dryRun=All"


@contextmanager
def installed(plane: ControlPlane, kubectl: Kubectl, overlay: str) -> Iterator[Workbench]:
    """Install an overlay, wait until its policies are in force, and take it away again.

    Args:
        plane: where; Knative's kinds are known there.
        kubectl: as its administrator.
        overlay: as in `default`.
    """
    bench = Workbench(plane.api())
    bench.namespace(PROBED)
    kubectl("apply", "-k", folder_of(overlay))
    try:
        function = plane.api_of(token_of(bench, "on-resync"))
        eventually(lambda: _is_guarded(function))
        eventually(lambda: _is_indexed(bench.api))
        yield bench
    finally:
        # What there is no controller for goes at once; the namespace is not waited for.
        kubectl("delete", "--wait=false", "-k", folder_of(overlay))
        eventually(lambda: not _is_indexed(bench.api))
        bench.clear()


def token_of(bench: Workbench, account: str) -> str:
    """Make a token of one of kn-mirror's accounts."""
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token"
    return str(bench.create(path, {"spec": {}})["status"]["token"])


def _is_guarded(function: Api) -> bool:
    """Whether the policy `guard` is heeded, which it is some time after it was written."""
    answer = function.request("POST", _PROBE, {"metadata": {"generateName": "probe-"}})
    return answer.status == 403 and "may create mirrors" in str(answer.body)


def _is_indexed(api: Api) -> bool:
    """Whether the policy `index` is heeded."""
    metadata = {"generateName": "probe-", "annotations": ALLOWED}
    answer = api.request("POST", _PROBE, {"metadata": metadata})
    return "kn-mirror.dev/role" in answer.body.get("metadata", {}).get("labels", {})
