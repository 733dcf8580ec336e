"""Candidates: what a word on the command line may become, by what is there in the cluster.

Whoever waits for one has not asked yet, so each request has two seconds and is not sent again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kubectl_mirror.access.clusters import Flags, ways_to
from kubectl_mirror.access.kubeconfigs import Kubeconfig
from kubectl_mirror.asking.consumers import CERTIFICATE, GATEWAY, INGRESS
from kubectl_mirror.asking.questions import kind_of
from mirroring.cluster.reading import ApiReader
from mirroring.errors import Forbidden, MirroringError
from mirroring.names import ROLE, ROLE_SOURCE
from mirroring.objects.references import MIRRORED_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind

    Candidates = Callable[[click.Context, click.Parameter, str], list[str]]

_TIMEOUT: Final = "2s"
_OBJECTS: Final = tuple(
    f"{kind.name.lower()}/" for kind in (*MIRRORED_KINDS, INGRESS, GATEWAY, CERTIFICATE)
)
_SOURCES: Final = f"{ROLE}={ROLE_SOURCE}"


def contexts(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Name the kubeconfig's contexts."""
    return _begun(begun, lambda: _kubeconfig(context).contexts)


def clusters(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Name the kubeconfig's clusters."""
    return _begun(begun, lambda: _kubeconfig(context).clusters)


def users(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Name the kubeconfig's users."""
    return _begun(begun, lambda: _kubeconfig(context).users)


def namespaces(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Name the cluster's namespaces."""
    return _begun(begun, lambda: [each.name for each in _Cluster(context).reader.namespaces()])


def sources(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Name sources as namespace/name, and those of the namespace that is meant by name alone."""
    return _begun(begun, lambda: _Cluster(context).sources(has_namespace="/" in begun))


def objects(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Name sources; after `secret/` or `configmap/` what is in the namespace that is meant."""
    word, slash, _ = begun.partition("/")
    if slash and (kind := kind_of(word)):
        return _begun(begun, lambda: _Cluster(context).names(kind, f"{word}/"))
    kinds = [each for each in _OBJECTS if begun and each.startswith(begun)]
    return [*sources(context, parameter, begun), *kinds]


def _begun(begun: str, named: Callable[[], Iterable[str]]) -> list[str]:
    """Return what begins as the word does; nothing where the cluster cannot be asked."""
    try:
        return sorted({each for each in named() if each.startswith(begun)})
    except MirroringError:
        return []


def _flags(context: click.Context) -> Flags:
    given = {name: context.params.get(name) for name in Flags.__dataclass_fields__}
    return Flags(**{name: value for name, value in given.items() if value})


def _kubeconfig(context: click.Context) -> Kubeconfig:
    return Kubeconfig.read(_flags(context).kubeconfig or None)


class _Cluster:
    """The cluster that the words so far mean."""

    def __init__(self, context: click.Context) -> None:
        flags = _flags(context)
        chosen = flags.chosen()
        short = replace(flags, timeout=_TIMEOUT)
        self.reader = ApiReader(ways_to(chosen, short, retries=0).transport)
        self._namespace = context.params.get("namespace") or chosen.namespace

    def sources(self, *, has_namespace: bool) -> Iterable[str]:
        for found in self._sources():
            yield found.ref.path
            if found.ref.namespace == self._namespace and not has_namespace:
                yield found.ref.name

    def names(self, kind: Kind, prefix: str) -> Iterable[str]:
        for found in self.reader.list_metadata(kind, namespace=self._namespace):
            yield f"{prefix}{found.ref.name}"

    def _sources(self) -> Iterable[Metadata]:
        for kind in MIRRORED_KINDS:
            try:
                yield from self.reader.list_metadata(kind, selector=_SOURCES)
            except Forbidden:
                where = self._namespace
                yield from self.reader.list_metadata(kind, namespace=where, selector=_SOURCES)
