"""Check of Knative's adapters, which are told the names of all namespaces in one variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.servers import is_labelling
from kubectl_mirror.checking.subjects import APPS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubectl_mirror.checking.subjects import Found, Subject

MOST: Final = 131_072  # bytes that Linux takes for one variable, its name and what ends it included
_NEAR: Final = 0.8  # of that
_VARIABLE: Final = "K_SOURCE_CONFIG"
_ADAPTERS: Final = "labelSelector=eventing.knative.dev/source=apiserver-source-controller"
_REST: Final = 1024  # bytes of the variable that name no namespace, about
_MEND: Final = (
    "Install overlay default, whose policy steady takes the names out; it needs Kubernetes 1.36. "
    "Until then the tick of every 15 minutes finds what no event tells"
)


def names(subject: Subject) -> Iterator[Finding]:
    """Find adapters that will not start for the number of namespaces, or soon will not."""
    path = f"{APPS}/namespaces/{subject.namespace}/deployments?{_ADAPTERS}"
    sizes = {name_of(each): _size(each) for each in subject.items(path)}
    for name, size in sizes.items():
        yield from _judged(f"Deployment {subject.namespace}/{name}", size)
    if not sizes and not is_labelling(subject):
        told = sum(len(each.name) + 3 for each in subject.namespaces)
        yield from _judged("An adapter of overlay drop-in", _REST + told)


def _judged(who: str, size: int) -> Iterator[Finding]:
    said = f"{who} is told the names of all namespaces in {size:,} bytes"
    if size >= MOST:
        because = f"{said}, of which Linux takes {MOST:,}: no pod of it starts any more."
        yield Finding(Result.ERROR, because, _MEND)
    elif size >= _NEAR * MOST:
        yield Finding(Result.WARNING, f"{said}; from {MOST:,} on no pod of it starts.", _MEND)


def _size(deployment: Found) -> int:
    containers = deployment["spec"]["template"]["spec"].get("containers") or ()
    variables = (each for one in containers for each in one.get("env") or ())
    return max((_length(each) for each in variables if each.get("name") == _VARIABLE), default=0)


def _length(variable: Mapping[str, str]) -> int:
    """Return how many bytes it is as `NAME=value`, with the byte that ends it."""
    return len(f"{_VARIABLE}={variable.get('value', '')}".encode()) + 1
