"""What Knative's controllers would write, so that its data plane finds its way.

Written once, from the manifests as the API server stores them (statuses as in Knative Eventing's
pkg/reconciler/broker, /inmemorychannel/controller, /subscription and /pingsource).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import RefusedError
from tests.lab.dataplane.parts import DISPATCHER_URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.api import Api
    from tests.lab.dataplane.parts import Parts

_READY: Final = {"conditions": [{"type": "Ready", "status": "True"}]}


@dataclass(frozen=True, slots=True)
class Broker:
    """A Broker, and where to find what belongs to it: all of it is in its namespace."""

    namespace: str
    name: str

    @property
    def eventing(self) -> str:
        """The path that it has itself, and its Triggers have."""
        return f"/apis/eventing.knative.dev/v1/namespaces/{self.namespace}"

    @property
    def sources(self) -> str:
        """The path of whatever sends events to it."""
        return f"/apis/sources.knative.dev/v1/namespaces/{self.namespace}"

    @property
    def channels(self) -> str:
        """The path of its channel."""
        return f"/apis/messaging.knative.dev/v1/namespaces/{self.namespace}/inmemorychannels"

    @property
    def channel(self) -> str:
        """The name of its channel."""
        return f"{self.name}-kne-trigger"

    def url(self, parts: Parts) -> str:
        """Where sources send events."""
        return f"{parts.ingress_url}/{self.namespace}/{self.name}"


def connect(api: Api, parts: Parts, broker: Broker, functions: Mapping[str, str]) -> None:
    """Connect broker, channel, Triggers and PingSource.

    Args:
        api: the administrator's.
        parts: the programs.
        broker: the only one of its namespace.
        functions: the name of a Knative Service → where it listens.
    """
    triggers = _get(api, f"{broker.eventing}/triggers")["items"]
    for trigger in triggers:
        name = trigger["metadata"]["name"]
        subscriber = functions[trigger["spec"]["subscriber"]["ref"]["name"]]
        _set_status(
            api, f"{broker.eventing}/triggers/{name}", {**_READY, "subscriberUri": subscriber}
        )
    channel = f"{DISPATCHER_URL}/{broker.namespace}/{broker.channel}"
    _set_status(
        api,
        f"{broker.eventing}/brokers/{broker.name}",
        {
            **_READY,
            "annotations": {"knative.dev/channelAddress": channel},
            "address": {"url": broker.url(parts)},
        },
    )
    subscribers = [_subscriber(each, parts, broker, functions) for each in triggers]
    _make_channel(api, broker, subscribers)
    for ping in _get(api, f"{broker.sources}/pingsources")["items"]:
        sink = functions[ping["spec"]["sink"]["ref"]["name"]]
        _set_status(
            api,
            f"{broker.sources}/pingsources/{ping['metadata']['name']}",
            {**_READY, "sinkUri": sink},
        )


def _make_channel(api: Api, broker: Broker, subscribers: list[dict[str, Any]]) -> None:
    stored = _get(api, f"{broker.eventing}/brokers/{broker.name}")
    channel = {
        "apiVersion": "messaging.knative.dev/v1",
        "kind": "InMemoryChannel",
        # The Broker hands its annotations on.
        "metadata": {
            "name": broker.channel,
            "annotations": stored["metadata"].get("annotations", {}),
        },
        "spec": {"subscribers": subscribers},
    }
    made = _answered(api.request("POST", broker.channels, channel))
    _set_status(
        api,
        f"{broker.channels}/{broker.channel}",
        {
            **_READY,
            "observedGeneration": made["metadata"]["generation"],
            "address": {"url": f"http://{broker.channel}.{broker.namespace}"},
        },
    )


def _subscriber(
    trigger: Mapping[str, Any], parts: Parts, broker: Broker, functions: Mapping[str, str]
) -> dict[str, Any]:
    metadata, delivery = trigger["metadata"], trigger["spec"]["delivery"]
    path = f"triggers/{broker.namespace}/{metadata['name']}/{metadata['uid']}"
    dead_letters = functions[delivery["deadLetterSink"]["ref"]["name"]]
    return {
        "uid": metadata["uid"],
        "generation": 1,
        "subscriberUri": f"{parts.filter_url}/{path}",
        "replyUri": broker.url(parts),
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
