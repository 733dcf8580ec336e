"""Entries: what stands in documents for programs of objects and reasons, the same in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.codes import Reason
    from mirroring.objects.references import Ref
    from mirroring.planning.inventories import Puzzle
    from mirroring.planning.steps import Step


def entry(ref: Ref) -> dict[str, str]:
    """Name an object."""
    return {"kind": ref.kind.name, "namespace": ref.namespace, "name": ref.name}


def reason(why: Reason | Step | Puzzle) -> dict[str, str]:
    """Say why, with the code of such reasons."""
    return {"because": why.because, "code": why.code.value}


def named(ref: Ref) -> str:
    """Name an object as kubectl's `-o name` does, with its namespace."""
    return f"{ref.kind.name.lower()}/{ref.namespace}/{ref.name}"
