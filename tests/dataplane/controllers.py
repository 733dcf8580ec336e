"""What Knative's controllers would write, so that its data plane finds its way.

Written once, from the manifests as the API server stores them (statuses as in Knative Eventing's
pkg/reconciler/broker, /inmemorychannel/controller, /subscription and /pingsource).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.api import MERGE_PATCH
from tests.clusters import RefusedError
from tests.dataplane.parts import DISPATCHER_URL
from tests.knative.installations import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.api import Api
    from tests.dataplane.parts import Parts

BROKER: Final = "kn-mirror"
_CHANNEL: Final = f"{BROKER}-kne-trigger"
_EVENTING: Final = f"/apis/eventing.knative.dev/v1/namespaces/{NAMESPACE}"
_MESSAGING: Final = f"/apis/messaging.knative.dev/v1/namespaces/{NAMESPACE}"
SOURCES: Final = f"/apis/sources.knative.dev/v1/namespaces/{NAMESPACE}"
_READY: Final = {"conditions": [{"type": "Ready", "status": "True"}]}


def connect(api: Api, parts: Parts, functions: Mapping[str, str]) -> None:
    """Connect broker, channel, Triggers and PingSource.

    Args:
        api: the administrator's.
        parts: the programs.
        functions: the name of a Knative Service → where it listens.
    """
    triggers = _get(api, f"{_EVENTING}/triggers")["items"]
    for trigger in triggers:
        name = trigger["metadata"]["name"]
        subscriber = functions[trigger["spec"]["subscriber"]["ref"]["name"]]
        _set_status(api, f"{_EVENTING}/triggers/{name}", {**_READY, "subscriberUri": subscriber})
    broker = _get(api, f"{_EVENTING}/brokers/{BROKER}")
    channel = f"{DISPATCHER_URL}/{NAMESPACE}/{_CHANNEL}"
    _set_status(
        api,
        f"{_EVENTING}/brokers/{BROKER}",
        {
            **_READY,
            "annotations": {"knative.dev/channelAddress": channel},
            "address": {"url": broker_url(parts)},
        },
    )
    _make_channel(api, broker, [_subscriber(each, parts, functions) for each in triggers])
    for ping in _get(api, f"{SOURCES}/pingsources")["items"]:
        sink = functions[ping["spec"]["sink"]["ref"]["name"]]
        _set_status(
            api,
            f"{SOURCES}/pingsources/{ping['metadata']['name']}",
            {**_READY, "sinkUri": sink},
        )


def broker_url(parts: Parts) -> str:
    """Where adapters send events."""
    return f"{parts.ingress_url}/{NAMESPACE}/{BROKER}"


def _make_channel(api: Api, broker: Mapping[str, Any], subscribers: list[dict[str, Any]]) -> None:
    channel = {
        "apiVersion": "messaging.knative.dev/v1",
        "kind": "InMemoryChannel",
        # The Broker hands its annotations on.
        "metadata": {"name": _CHANNEL, "annotations": broker["metadata"].get("annotations", {})},
        "spec": {"subscribers": subscribers},
    }
    made = _answered(api.request("POST", f"{_MESSAGING}/inmemorychannels", channel))
    _set_status(
        api,
        f"{_MESSAGING}/inmemorychannels/{_CHANNEL}",
        {
            **_READY,
            "observedGeneration": made["metadata"]["generation"],
            "address": {"url": f"http://{_CHANNEL}.{NAMESPACE}"},
        },
    )


def _subscriber(
    trigger: Mapping[str, Any], parts: Parts, functions: Mapping[str, str]
) -> dict[str, Any]:
    metadata, delivery = trigger["metadata"], trigger["spec"]["delivery"]
    path = f"triggers/{NAMESPACE}/{metadata['name']}/{metadata['uid']}"
    dead_letters = functions[delivery["deadLetterSink"]["ref"]["name"]]
    return {
        "uid": metadata["uid"],
        "generation": 1,
        "subscriberUri": f"{parts.filter_url}/{path}",
        "replyUri": broker_url(parts),
        "delivery": {**delivery, "deadLetterSink": {"uri": dead_letters}},
    }


def _set_status(api: Api, path: str, status: Mapping[str, Any]) -> None:
    body = {"status": status}
    _answered(api.request("PATCH", f"{path}/status", body, content_type=MERGE_PATCH))


def _get(api: Api, path: str) -> Any:
    return _answered(api.request("GET", path))


def _answered(answer: Any) -> Any:
    if not answer:
        raise RefusedError(f"{answer.status}: {answer.body}")
    return answer.body
