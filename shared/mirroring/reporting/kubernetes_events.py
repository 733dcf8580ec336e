"""Kubernetes Events: what an owner has to know, on the object that it is about.

`kubectl events --for` a source, or a pull mirror, answers by them why a mirror is not there.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from mirroring.codes import Reason
from mirroring.errors import AlreadyExists, account_of
from mirroring.names import MANAGER
from mirroring.objects.references import NAMESPACE
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mirroring.codes import Code
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.reporting.reports import Outcome, Report

_log = logging.getLogger(__name__)

_MOST: Final = 10  # notices of one kind about one object
_LONGEST: Final = 1024  # bytes that the API server takes of a message
_ELLIPSIS: Final = "…"
_LONGEST_BEGINNING: Final = 200  # characters of an object's name, in the name of an Event
_REASONS: Final = {
    Action.CONFLICT: "MirrorConflict",
    Action.FAILED: "MirrorFailed",
    Action.REFUSED: "PullMirrorRefused",
}


class Notice(NamedTuple):
    """One thing to know.

    Args:
        regarding: the object whose owner has to know it.
        reason: in one word, as in `MirrorConflict`.
        message: what happened, why, and what to do.
        code: of that; None where it speaks of many things.
    """

    regarding: Ref
    reason: str
    message: str
    code: Code | None = None


def notices(outcomes: Iterable[Outcome]) -> Iterator[Notice]:
    """Say who has to know what of the outcomes of an event.

    What is only to be tried again is nobody's business yet. Where there is too much to say of one
    object, the last notice says how much more there is.

    Of what is in another namespace an owner is told what may be known of it: the owner of a source
    of targets, the owner of a pull mirror of its source.
    """
    sorted_out: defaultdict[tuple[Ref, str], list[Reason]] = defaultdict(list)
    for outcome in outcomes:
        is_told = not (outcome.retry or outcome.told or outcome.hushed)
        if outcome.action in _REASONS and is_told:
            for regarding in _regarded(outcome):
                sorted_out[regarding, _reason(outcome)].append(_told(outcome, regarding))
    for (regarding, reason), told in sorted_out.items():
        for message, code in told[:_MOST]:
            yield Notice(regarding, reason, message, code)
        if (more := len(told) - _MOST) > 0:
            said = f"The same goes for {more} more namespaces; the audit log names them."
            yield Notice(regarding, reason, said)


def _told(outcome: Outcome, regarding: Ref) -> Reason:
    knows = regarding == outcome.target and outcome.action is not Action.REFUSED
    reason = Reason(outcome.because, outcome.code)
    return reason if knows else outcome.said or reason


def _reason(outcome: Outcome) -> str:
    if outcome.target != outcome.source or outcome.action is Action.REFUSED:
        return _REASONS[outcome.action]
    if outcome.target.kind is NAMESPACE:
        return "InvalidNamespace"
    return "InvalidPullMirror" if outcome.declared else "InvalidSource"


def _regarded(outcome: Outcome) -> Iterable[Ref]:
    """Name the objects whose owners have to know; a refused wish is no business of the source."""
    source = [] if outcome.action is Action.REFUSED else [outcome.source]
    return dict.fromkeys([*source, outcome.target] if outcome.declared else source)


class EventReader(Protocol):
    """Tells which object an Event is about."""

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it is not there."""
        ...


class EventWriter(Protocol):
    """Writes Events."""

    def create_event(self, namespace: str, body: dict[str, Any]) -> None:
        """Create an Event; raises `AlreadyExists` when it was told before."""
        ...


class KubernetesEvents:
    """Writes what is to be known as Events, as well as can be: what fails here fails nothing."""

    def __init__(self, reader: EventReader, writer: EventWriter) -> None:
        self._reader = reader
        self._writer = writer

    def tell(self, report: Report) -> None:
        """Write the notices of an event."""
        regarded: dict[Ref, Metadata | None] = {}
        for notice in notices(report.outcomes):
            try:
                if notice.regarding not in regarded:
                    regarded[notice.regarding] = self._reader.metadata(notice.regarding)
                if found := regarded[notice.regarding]:
                    body = event(notice, found.uid, at=report.at)
                    self._writer.create_event(_namespace(notice.regarding), body)
            except AlreadyExists:
                continue
            except Exception as error:
                _log.debug("No Event on %s: %s", notice.regarding, account_of(error))


def event(notice: Notice, uid: str, *, at: datetime) -> dict[str, Any]:
    """Make an Event; the same notice of the same object has the same name, so that it is one."""
    now = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    ref = notice.regarding
    told = "\n".join([uid, notice.reason, notice.message])
    return {
        "metadata": {
            "name": f"{_beginning(ref.name)}.{sha256(told.encode()).hexdigest()[:16]}",
            "namespace": _namespace(ref),
        },
        "involvedObject": {
            "apiVersion": "v1",
            "kind": ref.kind.name,
            "namespace": _namespace(ref),
            "name": ref.name,
            "uid": uid,
        },
        "type": "Warning",
        "reason": notice.reason,
        "message": _message(notice),
        "source": {"component": MANAGER},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def _beginning(name: str) -> str:
    """Cut a name where it is still one: no part of it ends in a hyphen."""
    return name[:_LONGEST_BEGINNING].rstrip("-.")


def _message(notice: Notice) -> str:
    """Say it with its code at the end, however long it is."""
    code = f" ({notice.code.value})" if notice.code else ""
    return _cut(notice.message, _LONGEST - len(code)) + code


def _cut(message: str, longest: int) -> str:
    whole = message.encode("utf-8", "replace")
    if len(whole) <= longest:
        return whole.decode()
    return whole[: longest - len(_ELLIPSIS.encode())].decode("utf-8", "ignore") + _ELLIPSIS


def _namespace(ref: Ref) -> str:
    """Name the namespace of an object's Events; a Namespace's are in itself, for its owner."""
    return ref.name if ref.kind is NAMESPACE else ref.namespace
