"""Pull mirrors: what their owners declared to be mirrors, at any name and in any namespace.

Their owners keep them: they are filled where the source permits it, and otherwise left with the
content that they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirroring import names
from mirroring.ownership.records import bookkeeping, source_label
from mirroring.planning.manifests import replace_content, replace_entries
from mirroring.planning.steps import Fill, Keep, Leave, Refuse, Register, Step
from mirroring.policies.sources import permits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.planning.manifests import Operations
    from mirroring.policies.rules import Rules
    from mirroring.policies.sources import Source


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pull mirror and the namespace that it is in."""

    metadata: Metadata
    namespace: Namespace


def plan_pulls(source: Source, pulled: Iterable[Pulled]) -> Iterator[Step]:
    """Say what each pull mirror needs that comes from a source.

    What its owner changed in it stays until the source changes, or until the owner empties
    `reflected-version`: it is the owner's object, and Reflector does the same.

    Args:
        source: read after `pulled` was, so that nothing is planned that is older than what is
            there.
        pulled: those that come from it.

    Yields:
        One step for each, with the reason a person would want to read.
    """
    for each in pulled:
        yield _step(source, each)


def refusals(pulled: Iterable[Pulled], *, because: str) -> Iterator[Step]:
    """Say that nothing more comes to pull mirrors; what they hold stays."""
    for each in pulled:
        yield Refuse(each.metadata, because)


def _step(source: Source, pulled: Pulled) -> Step:
    found = pulled.metadata
    if pulled.namespace.terminating or found.terminating:
        return Leave(found.ref, f"{found.ref} is being deleted")
    permitted = permits(source.ref, source.rules, pulled.namespace)
    if not permitted:
        return Refuse(found, f"{source.ref} does not permit it: {permitted.because}")
    if lack := _lack(source, found):
        return Fill(found, lack)
    if not is_registered(found):
        return Register(found, "its content is the source's; it had no label to be found by")
    return Keep(found.ref, "its content is the source's")


def _lack(source: Source, found: Metadata) -> str:
    kept = bookkeeping(found)
    if kept is None or not kept.version:
        return "it has no reflected-version: it was not filled yet, or its owner wants it anew"
    if found.labels.get(names.SOURCE, "") not in {"", source_label(kept.source)}:
        return "it has another source than when it was filled"
    # Reflector, which left no hash, rewrites whatever is not of the source's very version.
    written = found.annotations.get(names.CONTENT_HASH)
    current = source.metadata.resource_version if written is None else source.content.hash
    if (written or kept.version) != current:
        return f"the source's content changed after resourceVersion {kept.version}"
    return ""


def is_registered(found: Metadata) -> bool:
    """Whether a pull mirror carries the labels by which it is found when its source changes."""
    return registration(found).items() <= dict(found.labels).items()


def registration(found: Metadata) -> dict[str, str]:
    """The labels of a pull mirror: what it is, and the source that its owner named."""
    kept = bookkeeping(found)
    named = {names.SOURCE: source_label(kept.source)} if kept else {}
    return {names.ROLE: names.ROLE_PULL_MIRROR, **named}


def register(found: Metadata) -> Operations:
    """Say, as a JSON Patch, what lets a pull mirror be found."""
    return [replace_entries("labels", {**found.labels, **registration(found)})]


def fill(found: Metadata, source: Source, *, at: str) -> Operations:
    """Say, as a JSON Patch, what gives a pull mirror the content of its source.

    Its type and whether it is immutable are its owner's to say, as is the source that it names.
    """
    written: dict[str, Any] = {
        names.AUTO_REFLECTS: "False",
        names.REFLECTED_VERSION: source.metadata.resource_version,
        names.REFLECTED_AT: at,
        names.CONTENT_HASH: source.content.hash,
    }
    return [
        *replace_content(found, source.content),
        *register(found),
        replace_entries("annotations", {**found.annotations, **written}),
    ]


def needs_nothing(found: Metadata) -> bool:
    """Whether a pull mirror's own change is no reason to look at its source.

    That it has been filled, and names the source that it was filled from.
    """
    kept = bookkeeping(found)
    return kept is not None and bool(kept.version) and is_registered(found)


def seems_filled(source: Metadata, rules: Rules, pulled: Pulled) -> bool:
    """Whether metadata alone show that a pull mirror gets nothing of its source, or has it."""
    kept = bookkeeping(pulled.metadata)
    return (
        pulled.namespace.terminating
        or (kept is not None and kept.version == source.resource_version)
        or not permits(source.ref, rules, pulled.namespace)
    )
