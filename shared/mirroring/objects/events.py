"""Events, as far as they matter here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.objects.references import Ref


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent, as far as it matters here.

    Args:
        id: unique among the events of one source.
        type: says what happened, as in `dev.knative.apiserver.ref.update`.
        source: who says so.
        subject: what it happened to, in the source's words; empty when it gave none.
        trace_id: of the trace that the event belongs to, 32 hexadecimal digits; empty without one.
        object: the object that the event is about; None when it is about none that is known here.
    """

    id: str
    type: str
    source: str
    subject: str
    trace_id: str
    object: Ref | None


@dataclass(frozen=True, slots=True)
class ObjectEvent(Event):
    """An event about an object; which is all that is believed of it."""

    object: Ref
