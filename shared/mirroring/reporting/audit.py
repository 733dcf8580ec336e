"""The audit log: on stdout, in lines of JSON, what each event led to and why.

`audit.schema.json` beside this module is what the lines promise.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.objects.events import Event
    from mirroring.objects.references import Ref
    from mirroring.reporting.reports import Outcome, Report

_COUNTED: Final = {
    "created": Action.CREATED,
    "updated": Action.UPDATED,
    "deleted": Action.DELETED,
    "unchanged": Action.UNCHANGED,
    "conflicts": Action.CONFLICT,
    "refused": Action.REFUSED,
    "failed": Action.FAILED,
}
_TOLD: Final = frozenset(_COUNTED.values()) - {Action.UNCHANGED}
_LONGEST: Final = 1024  # characters of what a sender chose


@dataclass(frozen=True, slots=True)
class Entry:
    """All that is told of one event.

    Args:
        function: the name of the function that handled it.
        event: None when the request carried none that could be read.
        report: what came of it.
        seconds: from reading the event to its end.
    """

    function: str
    event: Event | None
    report: Report
    seconds: float = 0.0


class AuditLog:
    """Writes to the process's stdout, for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()

    def write(self, entry: Entry) -> None:
        """Write one line per target that was changed or refused, and last the event's own."""
        for line in lines(entry, at=datetime.now(UTC)):
            text = json.dumps(line) + "\n"
            with self._lock:
                sys.stdout.write(text)
                sys.stdout.flush()


def lines(entry: Entry, *, at: datetime) -> Iterator[dict[str, Any]]:
    """Make what is written of one event at a time."""
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for outcome in entry.report.outcomes:
        if outcome.action in _TOLD:
            yield {"audit": "target", "time": time, **_target_line(entry, outcome)}
    yield {"audit": "event", "time": time, **_event_line(entry)}


def _target_line(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    return {
        "function": entry.function,
        "event_id": entry.event and _cut(entry.event.id),
        "trace_id": _trace_id(entry),
        "target": _object(outcome.target),
        "source": _object(outcome.source),
        "action": outcome.action.value,
        "reason": outcome.because,
    }


def _event_line(entry: Entry) -> dict[str, Any]:
    report = entry.report
    counts = report.counts()
    return {
        "function": entry.function,
        "event": entry.event and _attributes(entry.event),
        "trace_id": _trace_id(entry),
        "object": _object(entry.event.object if entry.event else None),
        "decision": report.decision.value,
        "reason": report.because,
        "retry": report.must_retry,
        **{name: counts[action] for name, action in _COUNTED.items()},
        "differences": report.differences,
        "api_calls": report.api_calls,
        "duration_ms": round(entry.seconds * 1000, 1),
    }


def _attributes(event: Event) -> dict[str, str | None]:
    return {
        "id": _cut(event.id),
        "type": _cut(event.type),
        "source": _cut(event.source),
        "subject": _cut(event.subject) or None,
    }


def _cut(text: str) -> str:
    return text[:_LONGEST]


def _trace_id(entry: Entry) -> str | None:
    return (entry.event.trace_id if entry.event else "") or None


def _object(ref: Ref | None) -> dict[str, str] | None:
    if ref is None:
        return None
    return {"kind": ref.kind.name, "namespace": ref.namespace, "name": ref.name}
