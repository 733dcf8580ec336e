"""A pod of a namespace that has nothing to do with kn-mirror, and what it sends."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.cloud_events import about, attributes, batch
from tests.image.building import image_name
from tests.knative import installations
from tests.lab.node.pods import phase
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.cloud_events import Request
    from tests.lab.clusters import Workbench

NAMESPACE: Final = "stranger"
_OURS: Final = installations.NAMESPACE
_TRIGGERS: Final = f"/apis/eventing.knative.dev/v1/namespaces/{_OURS}/triggers"
_SERVICES: Final = f"/apis/serving.knative.dev/v1/namespaces/{_OURS}/services"
_FORGED: Final = about("Pod", _OURS, "no-such-adapter")
_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"
_WITHIN: Final = 180
_TOKEN: Final = "/var/run/stranger"

# Posts what it is given, each with the token if it has one, and prints the statuses of the answers.
_SEND: Final = f"""
import json, pathlib, sys, urllib.error, urllib.request
token = pathlib.Path("{_TOKEN}/token")
statuses = {{}}
for name, (url, headers, body) in json.loads(sys.argv[1]).items():
    if token.exists():
        headers["Authorization"] = "Bearer " + token.read_text()
    sent = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        statuses[name] = urllib.request.urlopen(sent, timeout=100).status
    except urllib.error.HTTPError as error:
        statuses[name] = error.code
print(json.dumps(statuses))
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, and where to.

    Args:
        url: as pods know it.
        request: is sent as it is; its event's id is for the audit log.
    """

    url: str
    request: Request


def together(*requests: Request) -> Request:
    """Make one request of several events."""
    return batch(*map(attributes, requests))


@contextmanager
def stranger(bench: Workbench) -> Iterator[Workbench]:
    """Have the namespace until the end of the block."""
    bench.namespace(NAMESPACE)
    account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
    eventually(lambda: bench.api.request("GET", account))
    try:
        yield bench
    finally:
        bench.delete_namespace(NAMESPACE)


def statuses(
    bench: Workbench, name: str, letters: Mapping[str, Letter], *, audience: str = ""
) -> dict[str, int]:
    """Have a pod send letters, and return the status of each answer.

    Args:
        bench: the cluster.
        name: the pod's.
        letters: by any name.
        audience: of the token that the pod sends with them; without one it sends none.
    """
    bench.create(_PODS, _pod(name, letters, audience))
    path = f"{_PODS}/{name}"
    eventually(
        lambda: phase(bench.api, path) in {"Succeeded", "Failed"}, within=_WITHIN, pause=0.25
    )
    said = bench.api.request("GET", f"{path}/log").body
    assert phase(bench.api, path) == "Succeeded", said
    found: dict[str, int] = said if isinstance(said, dict) else json.loads(said)
    return found


def _pod(name: str, letters: Mapping[str, Letter], audience: str) -> dict[str, Any]:
    sent = {
        key: (each.url, dict(each.request.headers), each.request.body.decode())
        for key, each in letters.items()
    }
    container: dict[str, Any] = {
        "name": name,
        "image": image_name(),
        "imagePullPolicy": "Never",
        "command": ["/app/.venv/bin/python", "-c", _SEND, json.dumps(sent)],
    }
    spec: dict[str, Any] = {"containers": [container], "restartPolicy": "Never"}
    if audience:
        token = {"serviceAccountToken": {"audience": audience, "path": "token"}}
        container["volumeMounts"] = [{"name": "token", "mountPath": _TOKEN}]
        spec["volumes"] = [{"name": "token", "projected": {"sources": [token]}}]
    return {"metadata": {"name": name}, "spec": spec}


def eventing(bench: Workbench) -> dict[str, Letter]:
    """Address an event to each of Eventing's parts on the way to a function."""
    trigger = bench.api.request("GET", f"{_TRIGGERS}/adapter-started").body["metadata"]["uid"]
    ours = "knative-eventing.svc.cluster.local"
    event = _FORGED.with_headers(ce_knativebrokerttl="255")
    return {
        "broker": Letter(f"http://broker-ingress.{ours}/{_OURS}/kn-mirror", event),
        "channel": Letter(
            f"http://kn-mirror-kne-trigger-kn-channel.{_OURS}.svc.cluster.local/", event
        ),
        "filter": Letter(
            f"http://broker-filter.{ours}/triggers/{_OURS}/adapter-started/{trigger}", event
        ),
    }


def serving(bench: Workbench, request_: Request, function: str = "on-resync") -> dict[str, Letter]:
    """Address an event to each of Serving's parts on the way to a function."""
    status = bench.api.request("GET", f"{_SERVICES}/{function}").body["status"]
    revision = request_.with_headers(
        Knative_Serving_Namespace=_OURS,
        Knative_Serving_Revision=status["latestReadyRevisionName"],
    )
    activator = "http://activator-service.knative-serving.svc.cluster.local/"
    return {
        "gateway": Letter(f"http://{function}.{_OURS}.svc.cluster.local/", request_),
        "activator": Letter(activator, revision),
    }
