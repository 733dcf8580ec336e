"""Repairs: how often a mirror was put right of late, noted on the mirror itself.

What never stays so is contested: by a controller that insists, or by a webhook or policy that
changes what is written. It is left alone for a day, or until its source asks for something else,
so that kn-mirror is never one half of an endless fight.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mirroring.codes import Code
from mirroring.names import CONTENT_HASH, REPAIRS
from mirroring.ownership.records import record_of
from mirroring.planning import drift
from mirroring.planning.copies import copied
from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.policies.sources import Source

MOST: Final = 5
_FAR_TOO_OFTEN: Final = 1000  # what nobody but a forger notes
_LONGEST: Final = 1024  # characters; what kn-mirror notes has some 250
_NEAR: Final = timedelta(hours=1)
_LEFT: Final = timedelta(days=1)
# Who changes it in the very moment in which it is written is on no record.
_SOMETHING: Final = "what alters writes, such as a webhook or a policy,"


class Repairs(NamedTuple):
    """What is noted on a mirror that was put right.

    Args:
        times: how often, each time within an hour of the time before.
        at: when last.
        version: the source's resourceVersion then.
        asked: what the source asked for then, in a few digits.
        touches: how often, likewise, it was only said of it that it is right.
        touched: when last.
    """

    times: int
    at: datetime
    version: str
    asked: str
    touches: int = 0
    touched: datetime | None = None


def contested(source: Source, found: Metadata, at: datetime) -> Verdict:
    """Decide whether a mirror that is not as its source asks has to be left alone.

    Unknown until the source's content is known, where the source was written since.
    """
    noted = _noted(found)
    if noted is None or not _is_too_often(noted.times, noted.at, at):
        return no("it is not contested", Code.IN_SYNC)
    if source.metadata and noted.version == source.metadata.resource_version:
        return yes(_told(found, _other(found)), Code.CONTESTED)
    if not source.content_hash:
        because = f"the source changed after resourceVersion {noted.version}"
        return unknown(because, Code.SOURCE_CHANGED)
    if noted.asked != _asked(source):
        return no("the source changed", Code.SOURCE_CHANGED)
    return yes(_told(found, _other(found)), Code.CONTESTED)


def undone(found: Metadata) -> str:
    """Say that what was just written is not what is there."""
    return _told(found, _SOMETHING)


def is_repair(source: Source, found: Metadata) -> bool:
    """Whether a mirror is to be written since somebody else changed it, not since its source did.

    Args:
        source: read, content and all.
        found: the mirror, which is not as it has to be.
    """
    if not (found.fields.is_written or CONTENT_HASH in found.annotations):
        return False
    noted, record = _noted(found), record_of(found)
    if noted and noted.asked == _asked(source):
        return True
    if record and source.metadata and record.version == source.metadata.resource_version:
        return True
    return not (drift.of_labels(found, source.ref) and drift.possible(found))


def counted(source: Source, found: Metadata, at: str) -> str:
    """Return what is noted when a mirror is put right once more; `at` is in ISO 8601."""
    noted, now, asked = _noted(found), datetime.fromisoformat(at), _asked(source)
    times = _next(noted.times, noted.at, now) if noted and noted.asked == asked else 1
    version = source.metadata.resource_version if source.metadata else ""
    touches = (noted.touches, noted.touched) if noted else (0, None)
    return _written(Repairs(times, now, version, asked, *touches))


def touched(source: Source, found: Metadata, at: str) -> str | None:
    """Return what is noted when it is said of a mirror that it is right; `at` is in ISO 8601.

    None where that was said too often of late: whoever makes it doubtful does so in answer to it.
    """
    noted, now, touches = _noted(found), datetime.fromisoformat(at), 1
    if noted and noted.touched:
        if _is_too_often(noted.touches, noted.touched, now):
            return None
        touches = _next(noted.touches, noted.touched, now)
    version, asked = source.metadata.resource_version if source.metadata else "", _asked(source)
    before = noted if noted and noted.asked == asked else Repairs(0, now, version, asked)
    return _written(before._replace(touches=touches, touched=now))


def _is_too_often(times: int, before: datetime, now: datetime) -> bool:
    return times >= MOST and -_NEAR < now - before < _LEFT


def _next(times: int, before: datetime, now: datetime) -> int:
    """Count one more; of handlers that run at once the first to begin may be the last to write."""
    passed = now - before
    if abs(passed) < _NEAR:
        return times + 1
    # What was contested is tried once more, and once only.
    return MOST - 1 if times >= MOST and passed > _NEAR else 1


def _asked(source: Source) -> str:
    asked = json.dumps([source.content_hash, *copied(source)], sort_keys=True)
    return sha256(asked.encode()).hexdigest()[:16]


def _noted(found: Metadata) -> Repairs | None:
    text = found.annotations.get(REPAIRS)
    if text is None or len(text) > _LONGEST:
        return None
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None


def _read(noted: dict[str, Any]) -> Repairs | None:
    at, touched_at = _time(noted["at"]), noted.get("touched")
    return Repairs(
        _count(noted["times"]),
        at,
        str(noted["version"]),
        str(noted["asked"]),
        _count(noted.get("touches", 0)),
        None if touched_at is None else _time(touched_at),
    )


def _count(noted: object) -> int:
    if not isinstance(noted, int) or not 0 <= noted <= _FAR_TOO_OFTEN:
        raise ValueError(noted)
    return noted


def _time(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def _written(noted: Repairs) -> str:
    written = {**noted._asdict(), "at": noted.at.isoformat()}
    del written["touches"], written["touched"]
    if noted.touched:
        written |= {"touches": noted.touches, "touched": noted.touched.isoformat()}
    return json.dumps(written)


def _other(found: Metadata) -> str:
    return found.fields.foreign_manager or found.fields.marker or _SOMETHING


def _told(found: Metadata, who: str) -> str:
    return (
        f"{found.ref} does not stay as it was put right: {who} changes it. It is left as it is for "
        "a day, or until its source changes. Have that leave the mirror alone, or the source leave "
        f"out namespace {found.ref.namespace}."
    )
