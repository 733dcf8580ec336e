"""Plans: what has to be done so that exactly the permitted namespaces hold a mirror."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirroring.bookkeeping import bookkeeping, may_write, prove_ours
from mirroring.mirrors import shortcoming, suspicion
from mirroring.rules import Rules
from mirroring.sources import is_marked, is_source
from mirroring.verdicts import Answer
from mirroring.vocabulary import CONTENT_HASH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mirroring.objects import Metadata, Namespace
    from mirroring.references import Ref
    from mirroring.sources import Source
    from mirroring.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Create:
    """A mirror is wanted and nothing has its name."""

    target: Ref
    because: str


@dataclass(frozen=True, slots=True)
class Update:
    """The mirror is ours and not as the source is."""

    seen: Metadata
    because: str

    @property
    def target(self) -> Ref:
        """What is written."""
        return self.seen.ref


@dataclass(frozen=True, slots=True)
class Inspect:
    """The mirror is ours, and somebody may have changed it: read it, write if it differs."""

    seen: Metadata
    because: str

    @property
    def target(self) -> Ref:
        """What is read, and perhaps written."""
        return self.seen.ref


@dataclass(frozen=True, slots=True)
class Delete:
    """The mirror is ours and not wanted."""

    seen: Metadata
    because: str

    @property
    def target(self) -> Ref:
        """What is deleted."""
        return self.seen.ref


@dataclass(frozen=True, slots=True)
class Keep:
    """The mirror is as it should be, or it cannot be decided that it is not."""

    target: Ref
    because: str


@dataclass(frozen=True, slots=True)
class Leave:
    """No mirror is wanted and none of ours is there."""

    target: Ref
    because: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A mirror is wanted where an object is that is not proven ours."""

    target: Ref
    because: str


Step = Create | Update | Inspect | Delete | Keep | Leave | Clash


def plan(
    source: Source, namespaces: Iterable[Namespace], existing: Mapping[str, Metadata]
) -> Iterator[Step]:
    """Say what each namespace needs, so that exactly the permitted ones hold a mirror of `source`.

    Args:
        source: read after `existing` was, so that no plan is older than a mirror it replaces.
        namespaces: those to look at.
        existing: what has the mirror's name, by namespace.

    Yields:
        One step a namespace, with the reason a person would want to read; never one for the source
        itself.
    """
    for namespace in namespaces:
        if namespace.name != source.ref.namespace:
            yield _step(source, namespace, existing.get(namespace.name))


def _step(source: Source, namespace: Namespace, found: Metadata | None) -> Step:
    target = source.ref.in_namespace(namespace.name)
    if namespace.terminating:
        return Leave(target, f"namespace {namespace.name} is being deleted")
    permitted = source.rules.permits_auto(namespace)
    if found is None:
        return (Create if permitted else Leave)(target, permitted.because)
    if found.terminating:
        return Leave(target, f"{target} is being deleted")
    return _step_for_found(source, permitted, found)


def _step_for_found(source: Source, permitted: Verdict, found: Metadata) -> Step:
    ours = may_write(found, source.ref)
    if not ours:
        clashes = permitted and not _is_pull_mirror(found, source.ref)
        return (Clash if clashes else Leave)(found.ref, ours.because)
    if permitted.answer is Answer.NO:
        proven = prove_ours(found, source.ref)
        return Delete(found, permitted.because) if proven else Leave(found.ref, permitted.because)
    if permitted.answer is Answer.UNKNOWN:
        return Keep(found.ref, permitted.because)
    if lack := shortcoming(found, source.ref) or _difference(source, found):
        return Update(found, lack)
    if doubt := suspicion(found):
        return Inspect(found, doubt)
    return Keep(found.ref, "its content is the source's")


def _difference(source: Source, found: Metadata) -> str:
    kept = bookkeeping(found)
    if kept is None or kept.source != source.ref:
        return "its bookkeeping names another source"
    # The hash covers what must be equal; the resourceVersion moves with every label, too.
    if found.annotations[CONTENT_HASH] != source.content.hash:
        return f"the source's content changed after resourceVersion {kept.version}"
    return ""


def _is_pull_mirror(found: Metadata, source: Ref) -> bool:
    kept = bookkeeping(found)
    return kept is not None and kept.source == source and not kept.auto


def withdrawal(source: Ref, existing: Iterable[Metadata], *, because: str) -> Iterator[Step]:
    """Say what is left to delete of a source that is gone, or that permits no mirrors any more."""
    for found in existing:
        if prove_ours(found, source) and not found.terminating:
            yield Delete(found, because)


def seems_settled(
    source: Metadata, rules: Rules, namespace: Namespace, found: Metadata | None
) -> bool:
    """Whether metadata alone show that a namespace needs nothing of a source.

    True only when the mirror was written from the very version of the source that is there now and
    nobody has touched it since, or when no mirror is wanted and none of ours is there.
    """
    if namespace.terminating or namespace.name == source.ref.namespace:
        return True
    permitted = rules.permits_auto(namespace)
    if found is None or not prove_ours(found, source.ref):
        return not permitted or (found is not None and _is_pull_mirror(found, source.ref))
    if permitted.answer is not Answer.YES:
        return permitted.answer is Answer.UNKNOWN
    kept = bookkeeping(found)
    return (
        kept is not None
        and kept.version == source.resource_version
        and not (shortcoming(found, source.ref) or suspicion(found))
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
    mirrors: defaultdict[Ref, dict[str, Metadata]] = defaultdict(dict)
    for metadata in objects:
        kept = bookkeeping(metadata)
        if kept and prove_ours(metadata, kept.source):
            mirrors[kept.source][metadata.ref.namespace] = metadata
        elif is_source(metadata):
            sources[metadata.ref] = metadata
        elif is_marked(metadata):
            yield metadata.ref
    yield from mirrors.keys() - sources.keys()
    for ref, source in sources.items():
        if not is_marked(source) or not _all_settled(source, namespaces, mirrors[ref]):
            yield ref


def _all_settled(
    source: Metadata, namespaces: Iterable[Namespace], mirrors: Mapping[str, Metadata]
) -> bool:
    rules = Rules.read(source.annotations)
    return all(
        seems_settled(source, rules, namespace, mirrors.get(namespace.name))
        for namespace in namespaces
    )
