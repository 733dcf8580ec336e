"""The audit log for people: a line an event, and below it what it changed or could not."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING, Any, Final

import click

from kubectl_mirror.showing.tables import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kubectl_mirror.asking.logs import Line

_COUNTED: Final = {
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
    "unchanged": "unchanged",
    "conflicts": "in conflict",
    "refused": "refused",
    "failed": "failed",
    "differences": "not as they should be",
}
_COLOURS: Final = {
    "created": "green",
    "updated": "green",
    "deleted": "green",
    "conflict": "yellow",
    "refused": "yellow",
}
_DONE: Final = ("created", "updated", "deleted")
_NOTHING_DONE: Final = ("nothing to do", "gathered", "ignored")
# The longest that there are.
_FUNCTION: Final = len("on-namespace-create")
_DECISION: Final = len("nothing to do")
_ACTION: Final = len("conflict")
_MOST_WAITING: Final = 10_000  # targets whose event's line did not come yet


class Telling:
    """Tells audit lines; targets, which are written first, wait for their event.

    Args:
        is_wide: whether everything has its reason, and events the Pod that handled them.
        has_all: whether lines that are no audit lines are told, too.
    """

    def __init__(self, *, is_wide: bool = False, has_all: bool = False) -> None:
        self._is_wide, self._has_all = is_wide, has_all
        self._waiting: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        self._count = 0

    def tell(self, line: Line) -> Iterator[str]:
        """Return what is to be printed once a line came."""
        entry = line.entry
        if entry is None:
            if self._has_all:
                yield click.style(printable(line.text), dim=True)
        elif entry["audit"] == "target":
            self._waiting[line.pod, _text(entry, "event_id")].append(entry)
            self._count += 1
            if self._count > _MOST_WAITING:
                yield from self.rest()
        else:
            yield self._event(line.pod, entry)
            event_id = _text(entry.get("event"), "id")
            targets = self._waiting.pop((line.pod, event_id), ())
            self._count -= len(targets)
            yield from map(self._target, targets)

    def rest(self) -> Iterator[str]:
        """Return what of an event is known whose own line did not come."""
        for (pod, _), targets in self._waiting.items():
            yield f"of an event that {printable(pod)} did not end:"
            yield from map(self._target, targets)
        self._waiting.clear()
        self._count = 0

    def _event(self, pod: str, entry: Mapping[str, Any]) -> str:
        time = f"{_text(entry, 'time').partition('.')[0].removesuffix('Z')}Z"
        decision = _text(entry, "decision")
        counts = [
            f"{number:.0f} {word}"
            for name, word in _COUNTED.items()
            if (number := _number(entry.get(name)))
        ]
        parts = [
            time,
            _text(entry, "function").ljust(_FUNCTION),
            _coloured(decision.ljust(_DECISION), _colour_of(entry)),
            _named(entry.get("object")),
            ", ".join(counts),
            f"{_number(entry.get('duration_ms')):.0f} ms",
        ]
        if entry.get("retry"):
            parts.append("it comes again")
        if self._is_wide:
            parts.append(printable(pod))
        if self._is_wide or decision in ("failed", "rejected"):
            parts.append(_reason(entry))
        return "  ".join(filter(None, parts))

    def _target(self, entry: Mapping[str, Any]) -> str:
        action = _text(entry, "action")
        is_told = self._is_wide or action not in _DONE
        reason = f": {_reason(entry)}" if is_told else ""
        word = _coloured(action.ljust(_ACTION), _COLOURS.get(action, "red"))
        return f"    {word}  {_named(entry.get('target'))}{reason}"


def objects_of(lines: Iterable[Line]) -> Iterator[str]:
    """Name what was changed, or could not be, as kubectl's `-o name` does."""
    for line in lines:
        if line.entry and line.entry["audit"] == "target":
            yield _named(line.entry.get("target"))


def _colour_of(entry: Mapping[str, Any]) -> str:
    if _text(entry, "decision") in ("failed", "rejected") or _number(entry.get("failed")):
        return "red"
    if _number(entry.get("conflicts")) or _number(entry.get("refused")):
        return "yellow"
    return "" if _text(entry, "decision") in _NOTHING_DONE else "green"


def _coloured(text: str, colour: str) -> str:
    return click.style(text, fg=colour) if colour else text


def _reason(entry: Mapping[str, Any]) -> str:
    code = _text(entry, "code")
    return f"{_text(entry, 'reason')} ({code})" if code else _text(entry, "reason")


def _named(found: object) -> str:
    if not isinstance(found, dict):
        return "-"
    parts = (_text(found, "kind").lower(), _text(found, "namespace"), _text(found, "name"))
    return "/".join(filter(None, parts))


def _text(entry: object, name: str) -> str:
    """Return what a line says, which may be anything where something else wrote it."""
    found = entry.get(name) if isinstance(entry, dict) else None
    return printable(str(found)) if found is not None else ""


def _number(found: object) -> float:
    if not isinstance(found, int | float):
        return 0
    try:
        return float(found)
    except OverflowError:
        return inf
