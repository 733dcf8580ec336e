"""The audit log: on stdout, in lines of JSON, what each event led to and why.

`audit.schema.json` beside this module is what the lines promise.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, timedelta
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
_LONGEST_REASON: Final = 2048  # characters


class AuditLog:
    """Writes to the process's stdout, for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()

    def tell(self, report: Report) -> None:
        """Write one line per target that was changed or refused, and last the event's own."""
        for line in lines(report):
            text = json.dumps(line) + "\n"
            with self._lock:
                sys.stdout.write(text)
                sys.stdout.flush()


def lines(report: Report) -> Iterator[dict[str, Any]]:
    """Make what is written of one event, with the time of its end."""
    end = (report.at + timedelta(seconds=report.seconds)).astimezone(UTC)
    time = end.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for outcome in report.outcomes:
        if outcome.action in _TOLD and not outcome.told:
            yield {"audit": "target", "time": time, **_target_line(report, outcome)}
    yield {"audit": "event", "time": time, **_event_line(report)}


def _target_line(report: Report, outcome: Outcome) -> dict[str, Any]:
    return {
        "function": report.function,
        "event_id": report.event and _cut(report.event.id),
        "trace_id": _trace_id(report),
        "target": _object(outcome.target),
        "source": _object(outcome.source),
        "action": outcome.action.value,
        "reason": _cut(outcome.because, _LONGEST_REASON),
        "code": outcome.code.value,
    }


def _event_line(report: Report) -> dict[str, Any]:
    counts = report.counts()
    return {
        "function": report.function,
        "event": report.event and _attributes(report.event),
        "trace_id": _trace_id(report),
        "object": _object(report.event.object if report.event else None),
        "decision": report.decision.value,
        "reason": _cut(report.reason, _LONGEST_REASON),
        "code": report.code and report.code.value,
        "retry": report.must_retry,
        **{name: counts[action] for name, action in _COUNTED.items()},
        "differences": report.differences,
        "api_calls": report.api_calls,
        "duration_ms": round(report.seconds * 1000, 1),
    }


def _attributes(event: Event) -> dict[str, str | None]:
    return {
        "id": _cut(event.id),
        "type": _cut(event.type),
        "source": _cut(event.source),
        "subject": _cut(event.subject) or None,
    }


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text[:longest]


def _trace_id(report: Report) -> str | None:
    return (report.event.trace_id if report.event else "") or None


def _object(ref: Ref | None) -> dict[str, str] | None:
    if ref is None:
        return None
    return {"kind": ref.kind.name, "namespace": ref.namespace, "name": ref.name}
