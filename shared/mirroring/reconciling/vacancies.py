"""Vacancies: what decides who may have a free place, looked at only when one is to be taken."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, Final

from mirroring.errors import AlreadyExists, ApiError, Forbidden, Stale, Unavailable
from mirroring.names import ENDED, ENDS_LEASE
from mirroring.objects.references import Ref
from mirroring.ownership.claims import claim
from mirroring.ownership.records import record_of
from mirroring.planning.ends import KEPT_ITSELF, End, Ends, Freed
from mirroring.reconciling.readings import NO_REF, otherwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mirroring.cluster.leases import Lease, LeaseKeeper
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind
    from mirroring.planning.snapshots import Snapshot

_MOST: Final = 128 * 1024  # characters, as JSON; an object's annotations hold 256 KiB
_ATTEMPTS: Final = 10
_WRITING: Final = RLock()  # of this process, whose events would else be in each other's way
_PATIENCE: Final = 5  # seconds that one waits for others of them


def _nothing(_kind: Kind, _name: str) -> Sequence[Metadata]:
    return ()


class Vacancies:
    """What is known of free places, for the length of one event.

    Which other sources want them is listed, and who had them is read from a Lease, both once and
    only when a mirror is to be made: what renews mirrors asks neither.

    Args:
        sources: lists those of a kind.
        keeper: of the Lease; None where nothing is remembered.
        namespace: kn-mirror's own.
        now: when the event began.
        called: lists what is called by a name anywhere.
    """

    def __init__(
        self,
        sources: Callable[[Kind], Sequence[Metadata]],
        keeper: LeaseKeeper | None,
        namespace: str,
        now: datetime,
        *,
        called: Callable[[Kind, str], Sequence[Metadata]] = _nothing,
    ) -> None:
        self._sources, self._called, self._now = sources, called, now
        self._notebook = _Notebook(keeper, namespace, now) if keeper else None
        self._lock = Lock()
        self._listed: dict[Kind, Sequence[Metadata]] = {}
        self._counted: dict[tuple[Kind, str], Counter[Ref]] = {}
        self._ends: Ends | None = None
        self._last: tuple[Snapshot, Snapshot] | None = None

    def shown_on(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with what decides who may have its free places.

        Raises:
            ApiError: that cannot be known now.
        """
        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                informed = snapshot.informed(
                    self._rivals(snapshot), self._read(), self._count_mirrors
                )
                self._last = snapshot, informed
            return self._last[1]

    def note(self, new: Sequence[End], *, is_seen: bool = True) -> str:
        """Note which sources are none any more, before their mirrors are taken away.

        Args:
            new: they, as of the event.
            is_seen: whether all of them were looked for. Otherwise this event alone is to know.

        Returns:
            Why other events do not know, where others kept it from being written; else nothing.

        Raises:
            Unavailable: it cannot be written now.
        """
        if self._notebook is None:
            return ""
        with self._lock:
            noted, because = self._notebook.add(new) if is_seen else (self._known(new), "")
            self._ends, self._last = Ends.of(noted, self._now), None
        return because

    def _known(self, new: Sequence[End]) -> Sequence[End]:
        return _bounded(self._notebook.ends() if self._notebook else (), new)

    def _rivals(self, snapshot: Snapshot) -> Sequence[Metadata]:
        kind = snapshot.scope.kind
        if snapshot.scope.knows_rivals:
            return ()
        if kind not in self._listed:
            self._listed[kind] = self._sources(kind)
        return self._listed[kind]

    def _count_mirrors(self, source: Ref, name: str) -> int:
        """Return how many mirrors of a name a source has; one list tells it of all sources."""
        key = source.kind, name
        if key not in self._counted:
            self._counted[key] = Counter(filter(None, map(_mirrored, self._called(*key))))
        return self._counted[key][source]

    def _read(self) -> Ends:
        if self._ends is None:
            ends = self._notebook.ends() if self._notebook else ()
            self._ends = Ends.of(ends, self._now)
        return self._ends


@otherwise(answer=NO_REF)
def _mirrored(found: Metadata) -> Ref | None:
    """Return the source that an object is a mirror of."""
    record = record_of(found)
    is_mirror = record is not None and claim(found, record.source).may_delete
    return record.source if record and is_mirror else None


class _Notebook:
    """The Lease that holds the ends. Where it may not be used, nothing is remembered."""

    def __init__(self, keeper: LeaseKeeper, namespace: str, now: datetime) -> None:
        self._keeper, self._namespace, self._now = keeper, namespace, now

    def ends(self) -> Sequence[End]:
        """Return those that are noted."""
        try:
            return self._of(self._keeper.find(self._namespace, ENDS_LEASE))
        except Forbidden:
            return ()

    def add(self, new: Sequence[End]) -> tuple[Sequence[End], str]:
        """Note more, beside what others note at the same time.

        Returns:
            What is noted now, and why it is only for this event, if it is.
        """
        is_alone = _WRITING.acquire(timeout=_PATIENCE)
        try:
            return self._add(new)
        finally:
            if is_alone:
                _WRITING.release()

    def _add(self, new: Sequence[End]) -> tuple[Sequence[End], str]:
        ends: Sequence[End] = ()
        for _ in range(_ATTEMPTS):
            try:
                lease = self._keeper.find(self._namespace, ENDS_LEASE)
            except Forbidden:
                return (), ""
            ends = _bounded(self._of(lease), new)
            match self._write(lease, ends):
                case None:
                    return ends, ""
                case Stale() | AlreadyExists():
                    continue
                case Unavailable() as error:
                    raise error
                case _:
                    return (), ""
        because = (
            f"Lease {self._namespace}/{ENDS_LEASE} is written by others all the time, so that the "
            "places of its mirrors are not kept for it. They are withdrawn all the same."
        )
        return ends, because

    def _of(self, lease: Lease) -> Sequence[End]:
        found = _read(lease.annotations.get(ENDED, ""))
        return [end for end in found if end.is_recent(self._now, KEPT_ITSELF)]

    def _write(self, lease: Lease, ends: Sequence[End]) -> ApiError | None:
        written = json.dumps(_written(ends))
        at = self._now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        seconds = int(KEPT_ITSELF.total_seconds())
        return self._keeper.renew(lease, {ENDED: written}, at=at, seconds=seconds)


def _bounded(earlier: Iterable[End], new: Iterable[End]) -> Sequence[End]:
    """Join what was noted and what is, and leave out what there is no room for.

    That is first what freed fewest places, as anybody may say of an object that it was a mirror;
    and of these the oldest of the namespace that has most of them.
    """
    kept = {end.source: end for end in earlier}
    for end in new:
        kept[end.source] = end.after(kept.pop(end.source, None))
    left = Counter(end.source.namespace for end in kept.values())
    size = len(json.dumps(_written(kept.values())))
    while size > _MOST:
        out = min(kept.values(), key=lambda end: (end.places, -left[end.source.namespace]))
        del kept[out.source]
        left[out.source.namespace] -= 1
        # Braces there, what parts it from the next one here.
        size -= len(json.dumps(_written([out])))
    return list(kept.values())


def _written(ends: Iterable[End]) -> dict[str, Any]:
    return {
        f"{end.source.kind}/{end.source.path}": [
            end.at.isoformat(),
            {name: sorted(each.namespaces) or each.places for name, each in end.freed.items()},
        ]
        for end in ends
    }


def _read(text: str) -> list[End]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return []
    ends: list[End] = []
    for path, noted in found.items() if isinstance(found, dict) else ():
        try:
            kind, namespace, name = path.split("/")
            at = datetime.fromisoformat(noted[0])
            ref = Ref.parse(kind, namespace, name)
            freed = {called: _freed(each) for called, each in noted[1].items()}
        except (ValueError, OverflowError, TypeError, AttributeError, IndexError, KeyError):
            continue
        if at.tzinfo:
            ends.append(End(ref, freed, at))
    return ends


def _freed(noted: Any) -> Freed:
    return Freed.of(map(str, noted)) if isinstance(noted, list) else Freed(int(noted))
