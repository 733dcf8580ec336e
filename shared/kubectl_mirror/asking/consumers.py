"""Consumers: Ingresses, Gateways and Certificates, and the Secrets that they name."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.access.answers import as_sent_for
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.objects.references import SECRET, Kind, Ref, is_namespace_name, is_object_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mirroring.cluster.protocols import Transport

INGRESS: Final = Kind("Ingress", "ingresses")
GATEWAY: Final = Kind("Gateway", "gateways")
CERTIFICATE: Final = Kind("Certificate", "certificates")

# What people call them, as kubectl takes it.
KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("ingress", "ingresses", "ing"), INGRESS),
    **dict.fromkeys(("gateway", "gateways", "gtw"), GATEWAY),
    **dict.fromkeys(("certificate", "certificates", "cert", "certs"), CERTIFICATE),
}
_GROUPS: Final = {
    INGRESS: "networking.k8s.io/v1",
    GATEWAY: "gateway.networking.k8s.io/v1",
    CERTIFICATE: "cert-manager.io/v1",
}


class Use(NamedTuple):
    """A Secret that something names.

    Args:
        secret: it.
        hosts: that it is to be for; empty for any.
    """

    secret: Ref
    hosts: tuple[str, ...] = ()


def read(transport: Transport, ref: Ref) -> Mapping[str, Any] | None:
    """Read an Ingress, Gateway or Certificate; None when it is not there, or no such thing is.

    Raises:
        ApiError: it cannot be read.
    """
    group = _GROUPS[ref.kind]
    path = f"/apis/{group}/namespaces/{ref.namespace}/{ref.kind.plural}/{ref.name}"
    status, body = transport.request("GET", path, headers={"Accept": JSON})
    if status == HTTPStatus.NOT_FOUND:
        return None
    if status != HTTPStatus.OK:
        raise refusal(f"get {ref}", status, body)
    with as_sent_for(str(ref)):
        found: Mapping[str, Any] = json.loads(body)
    return found


def uses_of(ref: Ref, found: Mapping[str, Any]) -> Sequence[Use]:
    """Name the Secrets that something names; of each that is named as no Secret can be, none."""
    with as_sent_for(str(ref)):
        named = _USES[ref.kind](ref, found.get("spec") or {})
        return [use for use in named if _is_safe(use.secret)]


def _of_ingress(ref: Ref, spec: Mapping[str, Any]) -> Iterator[Use]:
    for each in spec.get("tls") or ():
        if name := each.get("secretName"):
            yield Use(Ref(SECRET, ref.namespace, name), tuple(each.get("hosts") or ()))


def _of_gateway(ref: Ref, spec: Mapping[str, Any]) -> Iterator[Use]:
    for listener in spec.get("listeners") or ():
        hosts = tuple(filter(None, [listener.get("hostname")]))
        for each in (listener.get("tls") or {}).get("certificateRefs") or ():
            if each.get("kind", "Secret") == "Secret":
                where = each.get("namespace") or ref.namespace
                yield Use(Ref(SECRET, where, each.get("name", "")), hosts)


def _of_certificate(ref: Ref, spec: Mapping[str, Any]) -> Iterator[Use]:
    if name := spec.get("secretName"):
        yield Use(Ref(SECRET, ref.namespace, name), tuple(spec.get("dnsNames") or ()))


_USES: Final[Mapping[Kind, Callable[[Ref, Mapping[str, Any]], Iterator[Use]]]] = {
    INGRESS: _of_ingress,
    GATEWAY: _of_gateway,
    CERTIFICATE: _of_certificate,
}


def _is_safe(ref: Ref) -> bool:
    return is_namespace_name(ref.namespace) and is_object_name(ref.name)
