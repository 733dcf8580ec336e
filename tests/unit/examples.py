"""Objects of the core, with as little said as a test needs to say."""

from __future__ import annotations

from datetime import UTC, datetime

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.metadata import Metadata, Namespace, Object
from mirroring.objects.references import SECRET, Ref, place_of
from mirroring.planning.operations import new_mirror
from mirroring.policies.sources import Source

AT = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Ref(SECRET, "prod", "tls")
CONTENT = Content({"data": {"tls.crt": "Y2VydA==", "tls.key": "a2V5"}}, type="kubernetes.io/tls")
EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}


def metadata(
    ref: Ref,
    *,
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    version: str = "1",
    terminating: bool = False,
    fields: Fields | None = None,
    controller: str = "",
) -> Metadata:
    """Any object."""
    written = dict(annotations or {})
    place = written.pop(names.PLACE, None)
    return Metadata(
        ref,
        uid=f"uid of {ref}",
        resource_version=version,
        labels=labels or {},
        annotations=written,
        terminating=terminating,
        fields=fields or Fields(),
        controller=controller,
        place="" if place == place_of(ref) else "nowhere" if place == "" else place,
    )


def source(content: Content = CONTENT, *, version: str = "1", **annotations: str) -> Source:
    """A source at `SOURCE`; annotations by the names they have in `names`."""
    named = {getattr(names, name): value for name, value in annotations.items()}
    found = metadata(SOURCE, annotations=EVERYWHERE | named, version=version)
    return Source.read(SOURCE, Object(found, content))


def mirror(
    of: Source, namespace: str, *, version: str = "7", fields: Fields | None = None
) -> Metadata:
    """The mirror of a source, as it was written when the source was so."""
    body = new_mirror(of, at="2026-01-01T00:00:00+00:00")
    content = of.content or Content({})
    return metadata(
        of.ref.in_namespace(namespace),
        annotations=body["metadata"]["annotations"],
        labels=body["metadata"]["labels"],
        version=version,
        fields=fields or Fields(content.keys),
    )


def namespace(name: str, *, terminating: bool = False, **labels: str) -> Namespace:
    """A namespace."""
    return Namespace(name, labels, terminating)
