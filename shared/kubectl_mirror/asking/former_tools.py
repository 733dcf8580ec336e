"""Tools that mirror, as they run in a cluster beside kn-mirror, or before it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.access.answers import as_sent_for
from kubectl_mirror.asking.translations import CONFIG_SYNCER, REPLICATOR
from mirroring.cluster.requests import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.cluster.protocols import Transport

REFLECTOR: Final = "Reflector"
# As their charts name them, and the manifests that are made by these.
_BY_NAME: Final = {
    "reflector": REFLECTOR,
    "kubernetes-replicator": REPLICATOR,
    "config-syncer": CONFIG_SYNCER,
    "kubed": CONFIG_SYNCER,
}
_SELECTOR: Final = f"app.kubernetes.io/name in ({','.join(_BY_NAME)})"
_SETTINGS: Final = "ES_"


class Deployed(NamedTuple):
    """A tool that runs.

    Args:
        tool: its name.
        namespace: where.
        name: of its Deployment.
        replicas: how many are asked for.
        settings: its own, by name, that kn-mirror understands, too.
    """

    tool: str
    namespace: str
    name: str
    replicas: int
    settings: Mapping[str, str]


def deployed(transport: Transport) -> Sequence[Deployed] | None:
    """Find the tools that run; None where that may not be seen.

    Raises:
        Unavailable: the API server did not answer.
    """
    status, body = transport.request(
        "GET",
        "/apis/apps/v1/deployments",
        query=[("labelSelector", _SELECTOR)],
        headers={"Accept": JSON},
    )
    if status != HTTPStatus.OK:
        return None
    with as_sent_for("Deployments of all namespaces"):
        return [_read(each) for each in json.loads(body).get("items") or ()]


def _read(found: Mapping[str, Any]) -> Deployed:
    metadata, spec = found["metadata"], found["spec"]
    containers = spec["template"]["spec"].get("containers") or ()
    settings = {
        each["name"]: str(each["value"])
        for container in containers
        for each in container.get("env") or ()
        if each["name"].startswith(_SETTINGS) and "value" in each
    }
    tool = _BY_NAME[metadata["labels"]["app.kubernetes.io/name"]]
    replicas = spec.get("replicas", 1)
    return Deployed(tool, metadata["namespace"], metadata["name"], replicas, settings)
