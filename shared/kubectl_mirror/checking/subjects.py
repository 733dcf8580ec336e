"""Subjects of checks: a cluster of which everything is read once, and only when a check asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.access.answers import as_sent_for
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.surveys import Survey
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.errors import Forbidden
from mirroring.names import ROLE, ROLE_PULL_MIRROR
from mirroring.ownership.records import is_declared
from mirroring.policies.misreadings import misread
from mirroring.policies.roles import is_indexed, is_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.answers import Answer
    from mirroring.codes import Reason
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref

Found = dict[str, Any]

SERVING: Final = "/apis/serving.knative.dev/v1"
EVENTING: Final = "/apis/eventing.knative.dev/v1"
SOURCES: Final = "/apis/sources.knative.dev/v1"
APPS: Final = "/apis/apps/v1"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
VERSION_LABEL: Final = "app.kubernetes.io/version"
PART_LABEL: Final = "app.kubernetes.io/part-of"
PROJECT: Final = "kn-mirror"


@dataclass(frozen=True)
class Subject:
    """A cluster that is looked at.

    Args:
        site: it.
    """

    site: Site
    _read: dict[str, Found | None] = field(default_factory=dict, repr=False)

    @property
    def namespace(self) -> str:
        """kn-mirror's own."""
        return self.site.installation.namespace

    def get(self, path: str) -> Found | None:
        """Read what is at a path of the API; None where nothing is.

        Raises:
            Forbidden: it may not be read; the message is the right that is missing.
            ApiError: it could not be read for another reason.
        """
        if path not in self._read:
            self._read[path] = self._get(path)
        return self._read[path]

    def _get(self, path: str) -> Found | None:
        bare, _, query = path.partition("?")
        name, _, value = query.partition("=")
        asked = [(name, value)] if name else []
        status, body = self.site.transport.request(
            "GET", bare, query=asked, headers={"Accept": JSON}
        )
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status == HTTPStatus.FORBIDDEN:
            raise Forbidden(f"You may not {right_to_read(bare)}.", status=status)
        if status != HTTPStatus.OK:
            raise refusal(f"get {bare}", status, body)
        with as_sent_for(bare):
            found = json.loads(body)
        return found if isinstance(found, dict) else None

    def items(self, path: str) -> Sequence[Found]:
        """Read the objects that are listed at a path; none where there is no such kind.

        Raises:
            ApiError: as `get`.
        """
        found = (self.get(path) or {}).get("items") or ()
        with as_sent_for(path):
            for each in found:
                name_of(each)
        return found

    def serves(self, path: str, *plurals: str) -> bool:
        """Whether a version of a group has these kinds.

        Raises:
            ApiError: as `get`.
        """
        resources = (self.get(path) or {}).get("resources") or ()
        return {*plurals} <= {each["name"] for each in resources}

    def own(self, group: str, plural: str) -> Sequence[Found]:
        """Read the objects of a kind in kn-mirror's own namespace.

        Raises:
            ApiError: as `get`.
        """
        return self.items(f"{group}/namespaces/{self.namespace}/{plural}")

    @cached_property
    def namespaces(self) -> Sequence[Namespace]:
        """All namespaces."""
        return self.site.reader.namespaces()

    @cached_property
    def unlabelled(self) -> Sequence[Metadata]:
        """Sources and pull mirrors without the label by which they are found."""
        return [each for each in self._beside if lacks_label(each)]

    @cached_property
    def misread(self) -> Sequence[tuple[Ref, Reason]]:
        """What somebody wrote on an object that is not understood, with what was meant."""
        return [(each.ref, said) for each in self._beside for said in misread(each)]

    @cached_property
    def _beside(self) -> Sequence[Metadata]:
        """What there is that resyncs by label do not see."""
        limits = self.site.limits

        def is_seen(found: Metadata) -> bool:
            return not limits.excluded_because(found.ref) and bool(
                lacks_label(found) or misread(found)
            )

        listed = (self.site.reader.list_metadata(kind, only=is_seen) for kind in limits.kinds)
        return [each for found in listed for each in found]

    @cached_property
    def answer(self) -> Answer:
        """What a resync would do."""
        site = self.site
        survey = Survey(site.reader, site.limits, site.leases, self.namespace, site.now)
        return survey.answer(Question())


def name_of(found: Mapping[str, Any]) -> str:
    """Return what an object is called."""
    return str(found["metadata"]["name"])


def labels_of(found: Mapping[str, Any]) -> Mapping[str, str]:
    """Return an object's labels."""
    return found["metadata"].get("labels") or {}


def lacks_label(found: Metadata) -> bool:
    """Whether an object is a source or a pull mirror that its label does not say to be one."""
    if is_source(found):
        return not is_indexed(found)
    return is_declared(found) and found.labels.get(ROLE) != ROLE_PULL_MIRROR


def right_to_read(path: str) -> str:
    """Name the right that reading a path takes, as RBAC names it."""
    _, prefix, *parts = path.split("/")
    group, parts = ("", parts[1:]) if prefix == "api" else (parts[0], parts[2:])
    where = "of the whole cluster"
    if len(parts) > 2 and parts[0] == "namespaces":  # noqa: PLR2004
        where, parts = f"in namespace {parts[1]}", parts[2:]
    resource = f"{parts[0]}.{group}" if group else parts[0]
    if len(parts) > 1:
        return f"get {resource} {parts[1]} {where}"
    return f"list {resource} {where}"
