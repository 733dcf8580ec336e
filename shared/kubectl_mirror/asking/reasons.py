"""Reasons, as every command writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.codes import Reason
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Step


def coded(why: Reason | Step | Puzzle) -> str:
    """Write a reason with its code, as Events do."""
    return f"{why.because} ({why.code.value})"
