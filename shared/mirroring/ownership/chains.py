"""Chains: pull mirrors of mirrors, followed to the object that all of them come from.

The rules that count are those of the end of the chain: who may hold a mirror is for the owner of
the content to say, not for whoever holds a copy of it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code
from mirroring.errors import ChainError
from mirroring.ownership.records import record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref

MOST_LINKS: Final = 8  # from a mirror to the object that it comes from
_LONGEST_NAMED: Final = 450  # characters of the objects of a circle


def origin(mirror: Metadata, look: Callable[[Ref], Metadata | None]) -> Ref:
    """Name the object that a mirror comes from in the end.

    Args:
        mirror: where to begin.
        look: returns an object on the way; None when it is not there, or need not be known since it
            is no mirror.

    Raises:
        ChainError: the way leads in a circle, which the message names, or is too long.
    """
    way = {mirror.ref: None}
    found: Metadata | None = mirror
    while found and (record := record_of(found)):
        if record.source in way:
            raise ChainError(
                f"{mirror.ref} has no source: {_circle(list(way), record.source)} is a circle. "
                "Name an object in reflects that is not a mirror itself.",
                code=Code.CIRCLE,
                namespaces=frozenset(ref.namespace for ref in way),
            )
        if len(way) > MOST_LINKS:
            raise ChainError(
                f"{mirror.ref} has no source: more than {MOST_LINKS} mirrors of mirrors are on the "
                "way to it. Name an object in reflects that is nearer to the source, or it itself.",
                code=Code.TOO_LONG_A_CHAIN,
                namespaces=frozenset(ref.namespace for ref in way),
            )
        way[record.source] = None
        found = look(record.source)
    return list(way)[-1]


def _circle(way: Sequence[Ref], closing: Ref) -> str:
    """Name those that make a circle, of long names the first."""
    paths = [ref.path for ref in way[way.index(closing) :]]
    lengths = accumulate(map(len, paths))
    named = [path for path, length in zip(paths, lengths, strict=True) if length <= _LONGEST_NAMED]
    named = named or paths[:1]
    more = ["…"] if len(paths) > len(named) else []
    return " → ".join([*named, *more, closing.path])
