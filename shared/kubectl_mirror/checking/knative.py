"""Checks of Knative: whether it is there, runs, and is set as kn-mirror wants it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.subjects import (
    APPS,
    EVENTING,
    SERVING,
    SOURCES,
    VERSION_LABEL,
    labels_of,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.checking.subjects import Found, Subject

IN_SERVING: Final = "knative-serving"
IN_EVENTING: Final = "knative-eventing"
BROKER: Final = "kn-mirror"
_CLASS: Final = "eventing.knative.dev/broker.class"
_INSTALL: Final = "https://knative.dev/docs/install/yaml-install"
_CONTROLLERS: Final = {
    IN_SERVING: ("controller", "activator"),
    IN_EVENTING: ("eventing-controller",),
}
# Older ones were not tried.
_TRIED: Final = {IN_SERVING: (1, 23), IN_EVENTING: (1, 22)}
_IN_MEMORY: Final = ("mt-broker-controller", "mt-broker-ingress", "mt-broker-filter")
_CHANNELS: Final = ("imc-controller", "imc-dispatcher")
_KAFKA: Final = ("kafka-controller",)
_MESH: Final = "mesh-compatibility-mode"


def serving(subject: Subject) -> Iterator[Finding]:
    """Find a cluster without Knative Serving."""
    if not subject.serves(SERVING, "services"):
        because = "The API server does not serve services.serving.knative.dev v1."
        mend = (
            f"Install Knative Serving with an ingress: {_INSTALL}/serving/install-serving-with-yaml"
        )
        yield Finding(Result.ERROR, because, mend)


def eventing(subject: Subject) -> Iterator[Finding]:
    """Find a cluster without Knative Eventing."""
    needed = {EVENTING: ("brokers", "triggers"), SOURCES: ("apiserversources", "pingsources")}
    for group, plurals in needed.items():
        if not subject.serves(group, *plurals):
            because = f"The API server does not serve {' and '.join(plurals)} of {group[6:]}."
            mend = f"Install Knative Eventing: {_INSTALL}/eventing/install-eventing-with-yaml"
            yield Finding(Result.ERROR, because, mend)


def controllers(subject: Subject) -> Iterator[Finding]:
    """Find parts of Knative that do not run, and versions that are older than what was tried."""
    for namespace, names in _CONTROLLERS.items():
        if not _is_served(subject, namespace):
            continue
        found = _deployments(subject, namespace)
        yield from _not_running(found, names, namespace)
        if names[0] in found:
            yield _version(namespace, labels_of(found[names[0]]).get(VERSION_LABEL, ""))


def broker_class(subject: Subject) -> Iterator[Finding]:
    """Find a cluster in which no Broker of the class that is asked for can work."""
    if not _is_served(subject, IN_EVENTING):
        return
    own = next((each for each in subject.own(EVENTING, "brokers") if name_of(each) == BROKER), None)
    asked = (own["metadata"].get("annotations") or {}).get(_CLASS, "") if own else ""
    found = _deployments(subject, IN_EVENTING)
    if asked == "Kafka" or (not asked and _KAFKA[0] in found and _IN_MEMORY[0] not in found):
        yield from _not_running(found, _KAFKA, IN_EVENTING)
    elif not asked or asked == "MTChannelBasedBroker":
        yield from _not_running(found, _IN_MEMORY, IN_EVENTING)
        if _CHANNELS[0] in found:
            yield from _not_running(found, _CHANNELS, IN_EVENTING)
    else:
        yield Finding(Result.OK, f"of class {asked}, of which nothing is known here")


def mesh(subject: Subject) -> Iterator[Finding]:
    """Find a Knative that has to find out by itself whether there is a service mesh."""
    if not _is_served(subject, IN_SERVING):
        return
    mode = _setting(subject, "config-network", _MESH) or "auto"
    if mode == "auto":
        because = (
            f"{_MESH} of ConfigMap {IN_SERVING}/config-network is auto, so Knative may take a pod "
            "that is slow to start for a mesh, and an event may take up to 30 s."
        )
        patch = f'{{"data": {{"{_MESH}": "disabled"}}}}'
        mend = (
            f"Unless there is a mesh: kubectl patch configmap config-network "
            f"--namespace={IN_SERVING} --type=merge --patch='{patch}'"
        )
        yield Finding(Result.WARNING, because, mend)
    else:
        yield Finding(Result.OK, mode)


def unresolved_registries(subject: Subject) -> Sequence[str]:
    """Return of which registries Knative does not look up the digests of images.

    Raises:
        ApiError: they cannot be read.
    """
    said = _setting(subject, "config-deployment", "registries-skipping-tag-resolving")
    return [each.strip() for each in (said or "kind.local,ko.local,dev.local").split(",")]


def _setting(subject: Subject, name: str, key: str) -> str:
    found = subject.get(f"/api/v1/namespaces/{IN_SERVING}/configmaps/{name}") or {}
    return str((found.get("data") or {}).get(key, ""))


def _is_served(subject: Subject, namespace: str) -> bool:
    """Whether that part of Knative is installed, whose parts lie in a namespace."""
    if namespace == IN_SERVING:
        return subject.serves(SERVING, "services")
    return subject.serves(EVENTING, "brokers")


def _deployments(subject: Subject, namespace: str) -> Mapping[str, Found]:
    found = subject.items(f"{APPS}/namespaces/{namespace}/deployments")
    return {name_of(each): each for each in found}


def _not_running(
    found: Mapping[str, Found], names: Sequence[str], namespace: str
) -> Iterator[Finding]:
    for name in names:
        if name not in found:
            because = f"There is no Deployment {namespace}/{name}."
            yield Finding(Result.ERROR, because, f"Install that part of Knative: {_INSTALL}")
        elif not (found[name].get("status") or {}).get("availableReplicas"):
            because = f"No pod of Deployment {namespace}/{name} is ready."
            mend = f"kubectl describe deployment {name} --namespace={namespace}"
            yield Finding(Result.ERROR, because, mend)


def _version(namespace: str, said: str) -> Finding:
    numbers = re.match(r"v?(\d+)\.(\d+)", said)
    part = "Serving" if namespace == IN_SERVING else "Eventing"
    if numbers and (int(numbers[1]), int(numbers[2])) < _TRIED[namespace]:
        tried = ".".join(map(str, _TRIED[namespace]))
        because = f"Knative {part} is {said}; kn-mirror was not tried with any before {tried}."
        return Finding(Result.WARNING, because, f"Upgrade it: {_INSTALL}")
    return Finding(Result.OK, f"{part} {said or 'of unknown version'}")
