"""Upkeep: what is done about mirrors that somebody deleted or edited.

Reflector does neither until the source changes, and some rely on that (issues 324, 560 there).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mirroring import names

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What a source asks for.

    Args:
        recreate: whether a mirror that was deleted is made again at once.
        repair: whether one that was edited is brought back at once.
    """

    recreate: bool = True
    repair: bool = True

    @classmethod
    def read(cls, annotated: Mapping[str, str]) -> Self:
        """Read a source's annotations; only `false` in any case is a no."""
        return cls(
            recreate=not _is_false(annotated.get(names.RECREATE, "")),
            repair=not _is_false(annotated.get(names.REPAIR, "")),
        )


def _is_false(value: str) -> bool:
    return value.strip().lower() == "false"
