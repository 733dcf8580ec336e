"""Suppositions: a cluster as it would be, if manifests were applied to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_mirror.access.answers import as_sent_for
from kubectl_mirror.asking import wishes
from kubectl_mirror.asking.applies import Applied
from mirroring.cluster import decoding
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON, METADATA, path_of
from mirroring.errors import SettingError
from mirroring.objects.references import NAMESPACE, Ref
from mirroring.policies import selectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kubectl_mirror.access.documents import Document
    from kubectl_mirror.asking.wishes import Fields, Wish
    from mirroring.cluster.protocols import Reader, Transport
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata, Namespace, Object
    from mirroring.objects.references import Kind


class Supposed(NamedTuple):
    """An object as it would be.

    Args:
        before: as it is; None while it is not there.
        now: as it would be.
        content: what it would hold, where that is known.
        keeps_hash: whether its mirrors hold what they held.
    """

    before: Metadata | None
    now: Metadata
    content: Content | None
    keeps_hash: bool


@dataclass(frozen=True, slots=True)
class Supposition:
    """What would be otherwise.

    Args:
        objects: Secrets and ConfigMaps, by what they are called.
        namespaces: likewise, by name.
        namespaces_before: the same as they are; None for what is not there.
        passed_over: what is mirrored by nobody, kind and name.
        is_made: whether anything is supposed at all, be it what is there.
    """

    objects: Mapping[Ref, Supposed] = field(default_factory=dict)
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    namespaces_before: Mapping[str, Namespace | None] = field(default_factory=dict)
    passed_over: Sequence[str] = ()
    is_made: bool = False

    def read_by(self, reader: Reader) -> Reader:
        """Return a reader of the cluster as it would be."""
        return _SupposingReader(reader, self)


@dataclass(slots=True)
class Supposing:
    """Finds out what manifests come to.

    Args:
        transport: by which what is there is read, never a content.
        kinds: of objects that are mirrored.
        namespace: that is meant where a manifest names none.
        at: the time, in RFC 3339.
    """

    transport: Transport
    kinds: Sequence[Kind]
    namespace: str
    at: str
    _applied: dict[Ref, Applied] = field(default_factory=dict)
    _passed_over: list[str] = field(default_factory=list)

    def of(self, documents: Iterable[Document], annotated: Iterable[Wish] = ()) -> Supposition:
        """Apply manifests, and then annotations, to what is there.

        Raises:
            SettingError: the API server would not take one.
            ApiError: what is there cannot be read.
        """
        for document in documents:
            wish = self._wish(document)
            if wish is None:
                self._passed_over.append(document.what)
            else:
                self._of(wish.ref).apply(wish)
        self._annotate(annotated)
        changed = [each for each in self._applied.values() if each.is_changed]
        objects = [each for each in changed if each.ref.kind is not NAMESPACE]
        namespaces = [each for each in changed if each.ref.kind is NAMESPACE]
        self._see_that_namespaces_are_there(objects, {each.ref.name for each in namespaces})
        return Supposition(
            {each.ref: _supposed(each) for each in objects},
            {each.ref.name: _namespace(each.ref, each.raw or {}) for each in namespaces},
            {
                each.ref.name: _namespace(each.ref, each.before) if each.before else None
                for each in namespaces
            },
            self._passed_over,
            is_made=True,
        )

    def _annotate(self, annotated: Iterable[Wish]) -> None:
        """Annotate what is there: of one name there may be a Secret, a ConfigMap, or both."""
        found: dict[str, bool] = {}
        for wish in annotated:
            applied = self._of(wish.ref)
            if applied.raw:
                applied.apply(wish)
            found[wish.ref.path] = bool(applied.raw) or found.get(wish.ref.path, False)
        for path, is_there in found.items():
            if not is_there:
                raise SettingError(
                    f"{path} cannot be annotated: there is no such object. Name one that is there, "
                    "or give its manifest by -f."
                )

    def _wish(self, document: Document) -> Wish | None:
        fields, origin = document.fields, document.origin
        if wishes.is_certificate(fields):
            path = wishes.certificate_path(fields, origin, self.namespace)
            wish = wishes.of_certificate(fields, self._there(path), origin, self.namespace)
        elif (read := wishes.of_manifest(fields, origin, self.namespace)) is None:
            return None
        else:
            wish = read
        return wish if wish.ref.kind in (NAMESPACE, *self.kinds) else None

    def _there(self, path: str) -> Fields | None:
        """Read an object of somebody else's kind; None also where it may not be read."""
        status, body = self.transport.request("GET", path, headers={"Accept": JSON})
        with as_sent_for(path):
            return json.loads(body) if status == HTTPStatus.OK else None

    def _of(self, ref: Ref) -> Applied:
        if ref not in self._applied:
            self._applied[ref] = Applied(ref, self._metadata(ref), self.at)
        return self._applied[ref]

    def _metadata(self, ref: Ref) -> Fields | None:
        status, body = self.transport.request("GET", path_of(ref), headers={"Accept": METADATA})
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise refusal(f"get {ref}", status, body)
        with as_sent_for(str(ref)):
            return {"metadata": json.loads(body)["metadata"]}

    def _see_that_namespaces_are_there(self, objects: Iterable[Applied], made: set[str]) -> None:
        for each in objects:
            where = each.ref.namespace
            if each.before or where in made:
                continue
            if self._of(Ref(NAMESPACE, "", where)).raw is None:
                raise SettingError(
                    f"{each.ref} cannot be made: there is no namespace {where}, nor is it in the "
                    "manifests. Make it first, or add its manifest."
                )


def _supposed(applied: Applied) -> Supposed:
    return Supposed(applied.metadata_before, applied.metadata, applied.whole, applied.keeps_hash)


def _namespace(ref: Ref, raw: Fields) -> Namespace:
    metadata: dict[str, Any] = raw["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": ref.name}
    return decoding.namespace(json.dumps({"metadata": {**metadata, "labels": labels}}).encode())


@dataclass(frozen=True, slots=True)
class _SupposingReader:
    """Reads a cluster as it would be, as `Reader` says."""

    reader: Reader
    supposition: Supposition

    def get(self, ref: Ref) -> Object | None:
        """Refuse: nobody reads a content to say what would be."""
        raise PermissionError(f"kubectl mirror reads no content, and was to read that of {ref}")

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it would not be there."""
        supposed = self.supposition.objects.get(ref)
        return supposed.now if supposed else self.reader.metadata(ref)

    def namespace(self, name: str) -> Namespace | None:
        """Read a namespace; None when it would not be there."""
        return self.supposition.namespaces.get(name) or self.reader.namespace(name)

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        instead = self.supposition.namespaces
        there = [each for each in self.reader.namespaces() if each.name not in instead]
        return [*there, *instead.values()]

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = lambda _: True,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects: all, or by namespace, name or labels."""
        instead = self.supposition.objects
        there = self.reader.list_metadata(
            kind,
            namespace=namespace,
            name=name,
            selector=selector,
            only=lambda found: found.ref not in instead and only(found),
        )
        chosen = selectors.parse(selector) if selector else selectors.Selector(())
        return [
            *there,
            *(
                each.now
                for ref, each in instead.items()
                if ref.kind is kind
                and ref.namespace == (namespace or ref.namespace)
                and ref.name == (name or ref.name)
                and chosen.matches(each.now.labels)
                and only(each.now)
            ),
        ]
