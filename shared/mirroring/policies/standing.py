"""Standing: whether what a source's owner wishes can be read, and met by what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.references import is_object_name
from mirroring.policies.quoting import quoted
from mirroring.policies.roles import mirror_name
from mirroring.verdicts import Verdict, unknown, yes

if TYPE_CHECKING:
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata
    from mirroring.policies.projections import Projection

_REFUSED_TYPES: Final = {
    "kubernetes.io/service-account-token": "it belongs to one ServiceAccount alone",
    "bootstrap.kubernetes.io/token": "it lets a machine join the cluster",
}


def readable(metadata: Metadata, projection: Projection) -> Verdict:
    """Decide whether the annotations of a source can be read."""
    name = mirror_name(metadata)
    if not is_object_name(name):
        because = f"{names.NAME}: {quoted(name)} is not the name of a {metadata.ref.kind}"
        return unknown(because, Code.UNREADABLE_NAME)
    if projection.problem:
        return unknown(projection.problem, Code.UNREADABLE_KEYS)
    return yes("reflection-allowed is true", Code.CHOSEN)


def meetable(projection: Projection, content: Content) -> Verdict:
    """Decide whether mirrors of a content can be as the annotations have them."""
    if lacking := projection.missing_keys(content):
        return unknown(lacking, Code.MISSING_KEYS)
    if content.type.startswith("helm.sh/"):
        because = f"type {content.type} is never mirrored: it is Helm's own record of a release"
        return unknown(because, Code.REFUSED_TYPE)
    if reason := _REFUSED_TYPES.get(content.type):
        return unknown(f"type {content.type} is never mirrored: {reason}", Code.REFUSED_TYPE)
    return yes("reflection-allowed is true", Code.CHOSEN)
