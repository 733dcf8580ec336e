"""Settling: what metadata alone say about which sources have to be looked at."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from mirroring.errors import ChainError
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import prove_ours
from mirroring.ownership.records import bookkeeping, is_pull_mirror
from mirroring.planning.manifests import shortcoming, suspicion
from mirroring.planning.pulls import Pulled, is_registered, seems_filled
from mirroring.policies.rules import Rules
from mirroring.policies.sources import is_marked, is_source, mirror_name, permits_auto
from mirroring.policies.upkeep import Upkeep
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref


def seems_settled(
    source: Metadata, rules: Rules, namespace: Namespace, found: Metadata | None
) -> bool:
    """Whether metadata alone show that a namespace needs nothing of a source.

    True only when the mirror was written from the very version of the source that is there now and
    nobody has touched it since, or when no mirror is wanted and none of ours is there. Never when
    the rules cannot be read, so that their owner is told again.
    """
    if namespace.terminating or namespace.name == source.ref.namespace:
        return True
    permitted = permits_auto(source.ref, rules, namespace)
    if permitted.answer is Answer.UNKNOWN:
        return False
    if found is None or not prove_ours(found, source.ref):
        return not permitted or (found is not None and is_pull_mirror(found, source.ref))
    if not permitted:
        return False
    kept = bookkeeping(found)
    return (
        kept is not None
        and kept.version == source.resource_version
        and not shortcoming(found, source.ref)
        and not (Upkeep.read(source.annotations).repair and suspicion(found))
    )


def concerns_mirroring(metadata: Metadata) -> bool:
    """Whether an object is a source, was one, or is a mirror."""
    return is_marked(metadata) or bookkeeping(metadata) is not None or bool(is_source(metadata))


def unsettled(objects: Iterable[Metadata], namespaces: Collection[Namespace]) -> Iterator[Ref]:
    """Name every source that is not provably in order, whether it still exists or not.

    Those that only have mirrors to withdraw come first: another may want a place that one holds.

    Args:
        objects: all of one kind in the cluster that `concerns_mirroring`.
        namespaces: all of the cluster.
    """
    sources: dict[Ref, Metadata] = {}
    mirrors: defaultdict[Ref, list[Metadata]] = defaultdict(list)
    pulled: list[Metadata] = []
    for metadata in objects:
        kept = bookkeeping(metadata)
        if kept and prove_ours(metadata, kept.source):
            mirrors[kept.source].append(metadata)
        elif is_pull_mirror(metadata):
            pulled.append(metadata)
        elif is_source(metadata):
            sources[metadata.ref] = metadata
        elif is_marked(metadata):
            yield metadata.ref
    yield from mirrors.keys() - sources.keys()
    known = (mirror for each in mirrors.values() for mirror in each)
    pulls = _by_origin(pulled, known, namespaces)
    for ref, source in sources.items():
        if not is_marked(source) or not _is_settled(source, namespaces, mirrors[ref], pulls[ref]):
            yield ref


def unregistered(objects: Iterable[Metadata]) -> list[Metadata]:
    """Pick the pull mirrors that are not found by a label when their source changes."""
    return [found for found in objects if is_pull_mirror(found) and not is_registered(found)]


def _by_origin(
    pulled: Sequence[Metadata], known: Iterable[Metadata], namespaces: Iterable[Namespace]
) -> Mapping[Ref, list[Pulled]]:
    """Sort pull mirrors by what they come from in the end; those that come from nothing are out."""
    by_name = {namespace.name: namespace for namespace in namespaces}
    by_ref = {found.ref: found for found in (*known, *pulled)}
    sorted_out: defaultdict[Ref, list[Pulled]] = defaultdict(list)
    for found in pulled:
        with suppress(ChainError, KeyError):
            namespace = by_name[found.ref.namespace]
            sorted_out[origin(found, by_ref.get)].append(Pulled(found, namespace))
    return sorted_out


def _is_settled(
    source: Metadata,
    namespaces: Iterable[Namespace],
    mirrors: Sequence[Metadata],
    pulls: Iterable[Pulled],
) -> bool:
    by_namespace = {found.ref.namespace: found for found in mirrors}
    if any(found.ref.name != mirror_name(source) for found in mirrors):
        return False
    rules = Rules.read(source.annotations)
    recreate = Upkeep.read(source.annotations).recreate
    return all(
        seems_settled(source, rules, namespace, by_namespace.get(namespace.name))
        for namespace in namespaces
        if recreate or namespace.name in by_namespace
    ) and all(seems_filled(source, rules, each) for each in pulls)
