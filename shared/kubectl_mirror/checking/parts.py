"""Checks of kn-mirror's own parts: all there, ready, of one version, and well set."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from kubectl_mirror import VERSION
from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.conditions import condition, unready_because
from kubectl_mirror.checking.knative import BROKER, unresolved_registries
from kubectl_mirror.checking.subjects import (
    EVENTING,
    PART_LABEL,
    PROJECT,
    SERVING,
    SOURCES,
    VERSION_LABEL,
    labels_of,
    name_of,
)
from mirroring.cluster.requests import METADATA
from mirroring.errors import ApiError, Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.checking.subjects import Found, Subject

FUNCTIONS: Final = ("on-secret-update", "on-namespace-create", "on-delete-cleanup", "on-resync")
TRIGGERS: Final = ("source-written", "source-deleted", "namespace-written", "adapter-started")
WATCHES: Final = ("mirror-sources", "namespaces", "adapters")
TICKS: Final = ("resync",)
# Only where the API server labels what is annotated.
LABELLED_TRIGGERS: Final = ("mirror-edited", "mirror-deleted")
LABELLED_WATCHES: Final = ("mirrors", "edits")

HASH_KEYS: Final = "kn-mirror-content-hash"
# What kubectl calls each, and where it is.
_KINDS: Final = {
    "ksvc": (SERVING, "services"),
    "broker": (EVENTING, "brokers"),
    "trigger": (EVENTING, "triggers"),
    "apiserversource": (SOURCES, "apiserversources"),
    "pingsource": (SOURCES, "pingsources"),
}
_NAMES: Final = {
    "ksvc": FUNCTIONS,
    "broker": (BROKER,),
    "trigger": TRIGGERS + LABELLED_TRIGGERS,
    "apiserversource": WATCHES + LABELLED_WATCHES,
    "pingsource": TICKS,
}
_ONLY_LABELLED: Final = frozenset(LABELLED_TRIGGERS + LABELLED_WATCHES)
_OF_AN_IMAGE: Final = (
    *("fetch image", "resolve image", "pull image", "digest", "ImagePullBackOff", "ErrImagePull"),
    *("ErrImageNeverPull", "InvalidImageName"),
)
_INSTALL: Final = "kubectl apply -k knative/overlays/default"


def installed(subject: Subject) -> Iterator[Finding]:
    """Find a cluster without any part of kn-mirror."""
    if not any(_own(subject, kind) for kind in _KINDS):
        because = f"No part of kn-mirror is in namespace {subject.namespace}."
        mend = f"{_INSTALL}; if it is in another one, name that by --installed-in"
        yield Finding(Result.ERROR, because, mend)


def parts(subject: Subject) -> Iterator[Finding]:
    """Find parts that are not there."""
    unwanted = frozenset() if is_labelled(subject) else _ONLY_LABELLED
    for kind, names in _NAMES.items():
        there = {name_of(each) for each in _own(subject, kind)}
        for name in names:
            if name not in there | unwanted:
                because = f"There is no {kind} {subject.namespace}/{name}."
                yield Finding(Result.ERROR, because, f"Apply the overlay again: {_INSTALL}")


def is_labelled(subject: Subject) -> bool:
    """Whether the overlay is one for API servers that label what is annotated.

    Raises:
        ApiError: its parts cannot be read.
    """
    watches = {name_of(each): each for each in _own(subject, "apiserversource")}
    triggers = {name_of(each) for each in _own(subject, "trigger")}
    selects = "mirror-sources" in watches and any(
        each.get("selector") for each in watches["mirror-sources"]["spec"].get("resources") or ()
    )
    return selects or bool(watches.keys() & {*LABELLED_WATCHES} or triggers & {*LABELLED_TRIGGERS})


def functions(subject: Subject) -> Iterator[Finding]:
    """Find functions that are not ready, for another reason than their image."""
    for each in _own(subject, "ksvc"):
        if not _image_lacks(each):
            yield from _unready(subject, "ksvc", each)


def delivery(subject: Subject) -> Iterator[Finding]:
    """Find a Broker and Triggers that are not ready."""
    for kind in ("broker", "trigger"):
        for each in _own(subject, kind):
            yield from _unready(subject, kind, each)


def watches(subject: Subject) -> Iterator[Finding]:
    """Find event sources that are not ready."""
    for kind in ("apiserversource", "pingsource"):
        for each in _own(subject, kind):
            yield from _unready(subject, kind, each)


def images(subject: Subject) -> Iterator[Finding]:
    """Find images that Knative or the nodes could not have."""
    for each in _own(subject, "ksvc"):
        if said := _image_lacks(each):
            image = _images(each)[0]
            yield Finding(
                Result.ERROR,
                f"The image {image} of ksvc {subject.namespace}/{name_of(each)} cannot be had: "
                f"{said}.{_skipped(subject, image)}",
                "Let the cluster pull it from its registry; or, where it is loaded onto the nodes, "
                "name it dev.local/…, of which Knative looks up no digest",
            )


def versions(subject: Subject) -> Iterator[Finding]:
    """Find parts of another version than the rest, or than this command."""
    found: dict[str, list[str]] = {}
    for kind in _KINDS:
        for each in _own(subject, kind):
            version = labels_of(each).get(VERSION_LABEL, "of unknown version")
            found.setdefault(version, []).append(f"{kind} {name_of(each)}")
    if len(found) > 1:
        said = "; ".join(f"{version}: {', '.join(names)}" for version, names in found.items())
        because = f"Parts of several versions are there: {said}."
        yield Finding(Result.ERROR, because, f"Apply one version as a whole: {_INSTALL}")
        return
    for version in found:
        if version == VERSION:
            yield Finding(Result.OK, version)
        else:
            because = f"kn-mirror is {version}, and this command is of {VERSION}."
            mend = "Use the command of the same version, whose checks are meant for it."
            yield Finding(Result.WARNING, because, mend)


def settings(subject: Subject) -> Iterator[Finding]:
    """Find settings with which functions do not start."""
    wrong = subject.site.installation.wrong
    # They are seen where the functions are.
    if _own(subject, "ksvc") and wrong:
        mend = f"Correct it in your overlay and apply that; kubectl get ksvc -n {subject.namespace}"
        yield Finding(Result.ERROR, wrong, mend)


def hash_key(subject: Subject) -> Iterator[Finding]:
    """Find an installation whose hashes of contents tell of short ones."""
    path = f"/api/v1/namespaces/{subject.namespace}/secrets/{HASH_KEYS}"
    status, _ = subject.site.transport.request("GET", path, headers={"Accept": METADATA})
    if status == HTTPStatus.FORBIDDEN:
        raise Forbidden(
            f"You may not get secrets {HASH_KEYS} in namespace {subject.namespace}; of it metadata "
            "alone is read."
        )
    if status == HTTPStatus.NOT_FOUND:
        because = (
            f"There is no Secret {subject.namespace}/{HASH_KEYS}, so hashes on mirrors are plain: "
            "who sees metadata alone finds short contents by them."
        )
        mend = (
            f"openssl rand -hex 32 | kubectl create secret generic {HASH_KEYS} "
            f"--namespace={subject.namespace} --from-file=$(date +%F)=/dev/stdin"
        )
        yield Finding(Result.WARNING, because, mend)


def _own(subject: Subject, kind: str) -> Sequence[Found]:
    """Return the parts of a kind: others may have their own Triggers on kn-mirror's Broker."""
    group, plural = _KINDS[kind]
    return [
        each
        for each in subject.own(group, plural)
        if name_of(each) in _NAMES[kind] or labels_of(each).get(PART_LABEL) == PROJECT
    ]


def _unready(subject: Subject, kind: str, found: Found) -> Iterator[Finding]:
    if said := unready_because(found):
        name, namespace = name_of(found), subject.namespace
        because = f"{kind} {namespace}/{name} is not ready: {said}."
        yield Finding(Result.ERROR, because, f"kubectl describe {kind} {name} -n {namespace}")


def _image_lacks(found: Found) -> str:
    """Say why a function's image cannot be had; empty where that is not what it lacks."""
    if not unready_because(found):
        return ""
    made = condition(found, "ConfigurationsReady") or condition(found, "Ready") or {}
    said = str(made.get("message") or "").rstrip(".")
    return said if any(each in said for each in _OF_AN_IMAGE) else ""


def _images(found: Found) -> Sequence[str]:
    containers = found["spec"]["template"]["spec"].get("containers") or ()
    return [str(each.get("image", "")) for each in containers] or [""]


def _skipped(subject: Subject, image: str) -> str:
    """Say whether Knative asks the image's registry for its digest, as far as that can be seen."""
    try:
        skipped = unresolved_registries(subject)
    except ApiError:
        return ""
    registry = image.partition("/")[0] if "/" in image else "index.docker.io"
    if registry in skipped:
        return f" Knative looks up no digest at {registry}, so every node has to have the image."
    return f" Knative asks {registry} for its digest first, even where the nodes have the image."
