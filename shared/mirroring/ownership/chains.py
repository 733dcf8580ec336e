"""Chains: pull mirrors of mirrors, followed to the object that all of them come from.

The rules that count are those of the end of the chain: who may hold a mirror is for the owner of
the content to say, not for whoever holds a copy of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.errors import ChainError
from mirroring.ownership.records import bookkeeping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref


def origin(mirror: Metadata, look: Callable[[Ref], Metadata | None]) -> Ref:
    """Name the object that a mirror comes from in the end.

    Args:
        mirror: where to begin.
        look: returns an object on the way; None when it is not there, or need not be known since it
            is no mirror.

    Raises:
        ChainError: the way leads in a circle; the message names it.
    """
    way = [mirror.ref]
    found: Metadata | None = mirror
    while found and (kept := bookkeeping(found)):
        if kept.source in way:
            circle = " → ".join(ref.path for ref in [*way[way.index(kept.source) :], kept.source])
            raise ChainError(
                f"{mirror.ref} has no source: {circle} is a circle. Name an object in "
                "reflects that is not a mirror itself."
            )
        way.append(kept.source)
        found = look(kept.source)
    return way[-1]


def coming_from(
    source: Ref, pulled: Iterable[Metadata], known: Iterable[Metadata]
) -> list[Metadata]:
    """Pick the pull mirrors that come from a source, through others or at once.

    Args:
        source: the end of the chains.
        pulled: all pull mirrors of its kind.
        known: other mirrors that chains may lead through.
    """
    candidates = list(pulled)
    by_ref = {found.ref: found for found in (*known, *candidates)}
    by_ref.pop(source, None)
    return [mirror for mirror in candidates if _leads_to(source, mirror, by_ref.get)]


def _leads_to(source: Ref, mirror: Metadata, look: Callable[[Ref], Metadata | None]) -> bool:
    try:
        return origin(mirror, look) == source
    except ChainError:
        return False
