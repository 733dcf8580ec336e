"""CloudEvents as Knative sends them, and requests that carry them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted to a function."""

    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def sent(self) -> bytes:
        """The same as it is sent, on a connection that is kept."""
        headers = {"Host": "x", **self.headers, "Content-Length": str(len(self.body))}
        lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def without(self, header: str) -> Request:
        """Return the same request less one header."""
        return Request({k: v for k, v in self.headers.items() if k != header}, self.body)

    def with_headers(self, **headers: str) -> Request:
        """Return the same request with other headers; underscores stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request({**self.headers, **named}, self.body)


def about(kind: str, namespace: str, name: str, *, verb: str = "update") -> Request:
    """Make the request of an ApiServerSource in Reference mode."""
    reference = {"kind": kind, "namespace": namespace, "name": name, "apiVersion": "v1"}
    return Request(
        {
            "Content-Type": "application/json",
            "ce-specversion": "1.0",
            "ce-type": f"dev.knative.apiserver.ref.{verb}",
            "ce-id": "82a87e5a-c2a9-4b11-930d-00bef9b4f59d",
            "ce-time": "2026-11-23T17:16:17.319173827Z",
            "ce-source": "https://10.96.0.1:443",
            "ce-subject": f"/apis/v1/namespaces/{namespace}/{kind.lower()}s/{name}",
            "ce-apiversion": "v1",
            "ce-kind": kind,
            "ce-name": name,
            "ce-namespace": namespace,
            "kn-namespace": "kn-mirror",
        },
        json.dumps(reference).encode(),
    )


def attributes(request: Request) -> dict[str, Any]:
    """Return the CloudEvents attributes of a request in binary mode."""
    prefix = "ce-"
    headers = request.headers.items()
    return {name[len(prefix) :]: value for name, value in headers if name.startswith(prefix)}


def structured(event: object) -> Request:
    """Make a request of an event in JSON."""
    return Request({"Content-Type": STRUCTURED}, json.dumps(event).encode())


def batch(*events: object) -> Request:
    """Make one request of several events."""
    return Request({"Content-Type": BATCH}, json.dumps(events).encode())


SECRET_CHANGED: Final = about("Secret", "prod", "tls")
PING: Final = Request(
    {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-type": "dev.knative.sources.ping",
        "ce-id": "9c1d7a3a-2c0f-4b6e-8f0a-7a1d6d9b6a11",
        "ce-source": "/apis/v1/namespaces/kn-mirror/pingsources/resync",
    },
    b"{}",
)
