"""The picture: what is in each namespace, as it looks from the outside."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from rich.columns import Columns
from rich.console import Group
from rich.text import Text

from mirroring.names import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType


class Cell(Enum):
    """What a namespace holds under the certificate's name."""

    ABSENT = "nothing"
    SOURCE = "the source"
    CURRENT = "a mirror like it"
    OTHER = "a mirror unlike it"
    FOREIGN = "a Secret of its own"


_LOOKS: Final = {
    Cell.ABSENT: ("·", "dim"),
    Cell.SOURCE: ("★", "bold yellow"),
    Cell.CURRENT: ("●", "green"),
    Cell.OTHER: ("◐", "bold red"),
    Cell.FOREIGN: ("■", "blue"),
}

Cells = dict[str, Cell | None]


def look(
    namespaces: Iterable[str],
    there: Iterable[str],
    secrets: Mapping[str, Mapping[str, Any]],
    *,
    source: str,
) -> Cells:
    """Say what is in each namespace; None where there is no such namespace.

    Args:
        namespaces: those to say it of.
        there: those that exist.
        secrets: the Secrets of the certificate's name, by namespace.
        source: the namespace of the source.
    """
    existing = set(there)
    original = secrets.get(source)
    return {
        name: _cell(secrets.get(name), original, is_source=name == source)
        if name in existing
        else None
        for name in namespaces
    }


def _cell(
    found: Mapping[str, Any] | None, original: Mapping[str, Any] | None, *, is_source: bool
) -> Cell:
    if found is None:
        return Cell.ABSENT
    if is_source:
        return Cell.SOURCE
    if SOURCE not in (found["metadata"].get("labels") or {}):
        return Cell.FOREIGN
    same = original is not None and found.get("data") == original.get("data")
    return Cell.CURRENT if same else Cell.OTHER


def paint(cells: Cells) -> RenderableType:
    """Draw every namespace that there is, and what the signs mean."""
    drawn = [_sign(cell, name) for name, cell in cells.items() if cell is not None]
    meaning = Text("   ").join(_sign(cell, cell.value) for cell in _LOOKS)
    return Group(Columns(drawn, padding=(0, 2)), meaning, "")


def _sign(cell: Cell, text: str) -> Text:
    sign, style = _LOOKS[cell]
    return Text.assemble((sign, style), f" {text}")


def differences(cells: Cells, wanted: Mapping[str, Cell | None]) -> list[str]:
    """Say which namespaces are not as they should be."""
    return [
        f"{name} has {_words(cells.get(name))}, not {_words(cell)}"
        for name, cell in wanted.items()
        if cells.get(name) is not cell
    ]


def _words(cell: Cell | None) -> str:
    return "no namespace" if cell is None else cell.value
