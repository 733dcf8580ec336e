"""Plans: what has to be done so that exactly the permitted namespaces hold a mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirroring.names import CONTENT_HASH, REPAIR
from mirroring.ownership.claims import may_write, prove_ours
from mirroring.ownership.records import bookkeeping, is_pull_mirror
from mirroring.planning.copies import copies_differ
from mirroring.planning.manifests import shortcoming, suspicion
from mirroring.planning.steps import Clash, Create, Delete, Inspect, Keep, Leave, Step, Update
from mirroring.policies.sources import permits_auto
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.policies.sources import Source
    from mirroring.verdicts import Verdict

_EDITS_STAY: Final = f"somebody may have edited it, which is left so by {REPAIR} on its source"


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
    target = source.mirror_in(namespace.name)
    if namespace.terminating:
        return Leave(target, f"namespace {namespace.name} is being deleted")
    permitted = permits_auto(source.ref, source.rules, namespace)
    if found is None:
        return (Create if permitted else Leave)(target, permitted.because)
    if found.terminating:
        return Leave(target, f"{target} is being deleted")
    return _step_for_found(source, permitted, found)


def _step_for_found(source: Source, permitted: Verdict, found: Metadata) -> Step:
    ours = may_write(found, source.ref)
    if not ours:
        clashes = permitted and not is_pull_mirror(found, source.ref)
        return (Clash if clashes else Leave)(found.ref, ours.because)
    if permitted.answer is Answer.NO:
        proven = prove_ours(found, source.ref)
        return Delete(found, permitted.because) if proven else Leave(found.ref, permitted.because)
    if permitted.answer is Answer.UNKNOWN:
        return Keep(found.ref, permitted.because)
    if lack := shortcoming(found, source.ref) or _difference(source, found):
        return Update(found, lack)
    if doubt := suspicion(found):
        return Inspect(found, doubt) if source.upkeep.repair else Keep(found.ref, _EDITS_STAY)
    return Keep(found.ref, "its content is the source's")


def _difference(source: Source, found: Metadata) -> str:
    kept = bookkeeping(found)
    if kept is None or kept.source != source.ref:
        return "its bookkeeping names another source"
    # The hash covers what must be equal; the resourceVersion moves with every label, too.
    if found.annotations[CONTENT_HASH] != source.content.hash:
        return f"the source's content changed after resourceVersion {kept.version}"
    if copies_differ(found, source):
        return "the labels or annotations that it copies changed"
    return ""


def plan_strays(source: Source, strays: Iterable[Metadata]) -> Iterator[Step]:
    """Say what is left to delete of mirrors that have not the name that mirrors now have."""
    because = f"mirrors of {source.ref} are called {source.mirror_name} now"
    yield from withdrawal(source.ref, strays, because=because)


def withdrawal(source: Ref, existing: Iterable[Metadata], *, because: str) -> Iterator[Step]:
    """Say what is left to delete of a source that is gone, or that permits no mirrors any more."""
    for found in existing:
        if prove_ours(found, source) and not found.terminating:
            yield Delete(found, because)
