"""Readings: what one object says of itself, where it shall not break a list of many."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from mirroring.objects.references import Ref, is_object_name
from mirroring.ownership.records import predecessor_of, record_of
from mirroring.planning import drift
from mirroring.policies.roles import is_source, mirror_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from mirroring.objects.metadata import Metadata

P = ParamSpec("P")
A = TypeVar("A")

NO_REF: Final[Ref | None] = None


def otherwise(*, answer: A) -> Callable[[Callable[P, A]], Callable[P, A]]:
    """Have a reading of one object come to an answer, whatever is raised.

    What it was that broke is told where the object itself is judged.
    """

    def decorate(judge: Callable[P, A]) -> Callable[P, A]:
        @wraps(judge)
        def judged(*arguments: P.args, **named: P.kwargs) -> A:
            try:
                return judge(*arguments, **named)
            except Exception:
                return answer

        return judged

    return decorate


@otherwise(answer=False)
def is_filled(found: Metadata, known: Mapping[Ref, Metadata | None]) -> bool:
    """Whether a pull mirror needs nothing, as far as its own word goes.

    What is filled, and is of something that is no source here, waits for that to change.
    """
    record = record_of(found)
    return bool(record and record.source not in known and drift.of_filled(found))


@otherwise(answer=NO_REF)
def before(found: Metadata) -> Ref | None:
    """Return the source that an object succeeds."""
    return predecessor_of(found)


@otherwise(answer=False)
def is_left_by(found: Metadata, ended: Container[Ref]) -> bool:
    """Whether an object is an automatic mirror of one of these."""
    record = record_of(found)
    return record is not None and record.automatic and record.source in ended


@otherwise(answer="")
def name_of(source: Ref, known: Mapping[Ref, Metadata | None]) -> str:
    """Return what the mirrors of a source are called; nothing where that is no name."""
    found = known.get(source)
    name = mirror_name(found) if found else source.name
    return name if is_object_name(name) else ""


@otherwise(answer="")
def wanted_name(found: Metadata) -> str:
    """Return what the mirrors of an object are called, if it is a source and that is a name."""
    name = mirror_name(found) if is_source(found) else ""
    return name if is_object_name(name) else ""
