"""Wakings: the events by which functions do now what they would do at the next one."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from kubectl_mirror.access.answers import as_sent_for
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.errors import Forbidden, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_mirror.access.sites import Site
    from mirroring.objects.references import Ref

BROKER: Final = "kn-mirror"
_EVENTING: Final = "/apis/eventing.knative.dev/v1"
_TYPE: Final = "dev.knative.apiserver.ref.update"
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<service>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc"
    r"[a-z0-9.-]*(?::(?P<port>\d+))?(?P<path>/.+)"
)
_LONGEST: Final = 200  # characters that are quoted
_PORTS: Final = {"http": "80", "https": "443"}


class Waking(NamedTuple):
    """An event as an ApiServerSource would send it.

    Args:
        kind: of what it is about.
        name: of that.
        namespace: likewise; empty for what is in none.
        role: which of the sources would have sent it, as Triggers ask; empty where none does.
    """

    kind: str
    name: str
    namespace: str = ""
    role: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The event, but for what it says of the object, in the binary mode of CloudEvents."""
        role = {"ce-mirrorrole": self.role} if self.role else {}
        where = {"ce-namespace": self.namespace} if self.namespace else {}
        return {
            "Content-Type": JSON,
            "ce-specversion": "1.0",
            "ce-id": str(uuid4()),
            "ce-type": _TYPE,
            "ce-source": "kubectl-mirror",
            "ce-apiversion": "v1",
            "ce-kind": self.kind,
            "ce-name": self.name,
            **where,
            **role,
        }

    @property
    def body(self) -> bytes:
        """What it is about."""
        found = {"apiVersion": "v1", "kind": self.kind, "name": self.name}
        return json.dumps(
            found | ({"namespace": self.namespace} if self.namespace else {})
        ).encode()


def of_source(ref: Ref) -> Waking:
    """Return what has on-secret-update look at a source."""
    return Waking(ref.kind.name, ref.name, ref.namespace, "source")


def of_namespace(name: str) -> Waking:
    """Return what has on-namespace-create look at a namespace."""
    return Waking("Namespace", name)


def of_everything(namespace: str) -> Waking:
    """Return what has on-resync look at all there is: that an adapter's Pod has changed."""
    return Waking("Pod", "kubectl-mirror", namespace)


def send(site: Site, waking: Waking) -> None:
    """Send it to kn-mirror's Broker, by the API server.

    Raises:
        Invalid: there is no Broker that can be reached so.
        Forbidden: who asks may not.
        ApiError: the Broker did not take it.
    """
    namespace = site.installation.namespace
    path = _proxied(_address(site, namespace), namespace)
    status, body = site.events.send(path, waking.headers, waking.body)
    if status == HTTPStatus.FORBIDDEN:
        where = path.split("/")[4]
        raise Forbidden(
            f"No event can be sent to Broker {namespace}/{BROKER}: you may not create "
            f"services/proxy in namespace {where}. Have that right granted, or wait for the tick.",
            status=status,
        )
    if status == HTTPStatus.UNAUTHORIZED:
        raise Forbidden(
            f"Broker {namespace}/{BROKER} takes events with tokens only (authentication-oidc), "
            "which the API server does not pass on. Wait for the tick.",
            status=status,
        )
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise Invalid(
            f"Broker {namespace}/{BROKER} did not take the event: {_said(status, body)}. "
            "kubectl mirror doctor says what is wrong.",
            status=status,
        )


def _said(status: int, body: bytes) -> str:
    """Quote what the API server said of its way to the Broker, or the Broker itself."""
    try:
        said = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        said = ""
    return said.rstrip(".")[:_LONGEST] or f"HTTP {status}"


def _address(site: Site, namespace: str) -> str:
    path = f"{_EVENTING}/namespaces/{namespace}/brokers/{BROKER}"
    status, body = site.transport.request("GET", path, headers={"Accept": JSON})
    if status == HTTPStatus.FORBIDDEN:
        raise Forbidden(
            f"No event can be sent to Broker {namespace}/{BROKER}: you may not get "
            f"brokers.eventing.knative.dev in namespace {namespace}, which shows where its ingress "
            "is; there it takes the right to create services/proxy, too. Have an administrator "
            "send it, or wait for the tick.",
            status=status,
        )
    if status == HTTPStatus.NOT_FOUND:
        raise Invalid(
            f"There is no Broker {namespace}/{BROKER}. Install kn-mirror, or name its namespace by "
            "--installed-in.",
            status=status,
        )
    if status != HTTPStatus.OK:
        raise refusal(f"get Broker {namespace}/{BROKER}", status, body)
    with as_sent_for(f"Broker {namespace}/{BROKER}"):
        found: dict[str, Any] = json.loads(body)
        return str(((found.get("status") or {}).get("address") or {}).get("url") or "")


def _proxied(url: str, namespace: str) -> str:
    """Return the path by which the API server hands on what is for an address in the cluster."""
    found = _URL.fullmatch(url)
    if not found:
        said = f"the address {url}, which the API server cannot reach" if url else "no address"
        raise Invalid(
            f"Broker {namespace}/{BROKER} has {said}. kubectl mirror doctor says what is wrong."
        )
    port = found["port"] or _PORTS[found["scheme"]]
    service = f"{found['scheme']}:{found['service']}:{port}"
    return f"/api/v1/namespaces/{found['namespace']}/services/{service}/proxy{found['path']}"
