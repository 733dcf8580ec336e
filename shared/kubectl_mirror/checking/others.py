"""Check of other tools that mirror by the same annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.subjects import APPS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubectl_mirror.checking.subjects import Found, Subject

# As its chart and its manifest have it; to read all Deployments of a large cluster takes long.
_ASKED: Final = (
    "labelSelector=app.kubernetes.io/name=reflector",
    "fieldSelector=metadata.name=reflector",
)
_IMAGE: Final = "kubernetes-reflector"


def reflector(subject: Subject) -> Iterator[Finding]:
    """Find a Reflector that runs beside kn-mirror."""
    found = {
        (each["metadata"]["namespace"], name_of(each))
        for asked in _ASKED
        for each in subject.items(f"{APPS}/deployments?{asked}")
        if each["spec"].get("replicas", 1) and _IMAGE in _images(each)
    }
    for namespace, name in sorted(found):
        because = (
            f"Reflector runs as Deployment {namespace}/{name}: each of the two undoes what "
            "only the other would do."
        )
        mend = f"kubectl -n {namespace} scale deployment {name} --replicas=0"
        yield Finding(Result.WARNING, because, mend)


def _images(deployment: Found) -> str:
    containers = deployment["spec"]["template"]["spec"].get("containers") or ()
    return " ".join(str(each.get("image", "")) for each in containers)
