"""Entries: what stands in documents for programs of objects and reasons, the same in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def not_found(missing: Iterable[Ref], excluded: Mapping[Ref, str]) -> Iterator[str]:
    """Say of what was asked for by name that it is no source; once, of whichever kinds it may be.

    Args:
        missing: what was asked for.
        excluded: why some of that is not looked at.
    """
    said = {ref.path: excluded.get(ref, "") for ref in missing}
    for path, because in said.items():
        if because:
            yield f"{path} is not looked at: {because}."
        else:
            yield f"{path} is no source, nor is anything a mirror of it."
