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

from mirroring.names import CONTENT_HASH, REPAIRS
from mirroring.ownership.records import record_of
from mirroring.planning import drift
from mirroring.planning.copies import copied
from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.policies.sources import Source

MOST: Final = 5
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
    """

    times: int
    at: datetime
    version: str
    asked: str


def contested(source: Source, found: Metadata, at: datetime) -> Verdict:
    """Decide whether a mirror that is not as its source asks has to be left alone.

    Unknown until the source's content is known, where the source was written since.
    """
    noted = _noted(found)
    if noted is None or noted.times < MOST or not timedelta() <= at - noted.at < _LEFT:
        return no("it is not contested")
    if source.metadata and noted.version == source.metadata.resource_version:
        return yes(_told(found, _other(found)))
    if not source.content_hash:
        return unknown(f"the source changed after resourceVersion {noted.version}")
    is_same = noted.asked == _asked(source)
    return yes(_told(found, _other(found))) if is_same else no("the source changed")


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
    times = 1
    if noted and noted.asked == asked and noted.at <= now:
        if now - noted.at < _NEAR:
            times = noted.times + 1
        elif noted.times >= MOST:
            # What was contested is tried once more, and once only.
            times = MOST - 1
    version = source.metadata.resource_version if source.metadata else ""
    return json.dumps({"times": times, "at": at, "version": version, "asked": asked})


def _asked(source: Source) -> str:
    asked = json.dumps([source.content_hash, *copied(source)], sort_keys=True)
    return sha256(asked.encode()).hexdigest()[:16]


def _noted(found: Metadata) -> Repairs | None:
    text = found.annotations.get(REPAIRS)
    if text is None:
        return None
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _read(noted: dict[str, Any]) -> Repairs | None:
    at = datetime.fromisoformat(str(noted["at"]))
    if at.tzinfo is None:
        return None
    return Repairs(int(noted["times"]), at, str(noted["version"]), str(noted["asked"]))


def _other(found: Metadata) -> str:
    return found.fields.foreign_manager or found.fields.marker or _SOMETHING


def _told(found: Metadata, who: str) -> str:
    return (
        f"{found.ref} does not stay as it was put right: {who} changes it. It is left as it is for "
        "a day, or until its source changes. Have that leave the mirror alone, or the source leave "
        f"out namespace {found.ref.namespace}."
    )
