"""Drift policies: what a source's owner wants done about mirrors that others changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from mirroring import names

if TYPE_CHECKING:
    from collections.abc import Mapping


class DriftPolicy(NamedTuple):
    """What is done about mirrors that somebody deleted or edited.

    Reflector does nothing until the source changes, and some rely on that (issues 324, 560 there).

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
