"""Vacancies: what decides who may have a free place, looked at only when one is to be taken."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mirroring.errors import AlreadyExists, ApiError, Forbidden, Stale, Unavailable
from mirroring.names import ENDED, ENDS_LEASE
from mirroring.objects.references import Ref
from mirroring.planning.ends import KEPT_ITSELF, End, Ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mirroring.cluster.leases import Lease, LeaseKeeper
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind
    from mirroring.planning.snapshots import Snapshot

_MOST: Final = 128 * 1024  # characters, as JSON; an object's annotations hold 256 KiB
_MOST_NAMES: Final = 4  # that mirrors of one source have had
_ATTEMPTS: Final = 10


class Vacancies:
    """What is known of free places, for the length of one event.

    Which other sources want them is listed, and who had them is read from a Lease, both once and
    only when a mirror is to be made: what renews mirrors asks neither.

    Args:
        sources: lists those of a kind.
        keeper: of the Lease; None where nothing is remembered.
        namespace: kn-mirror's own.
        now: when the event began.
    """

    def __init__(
        self,
        sources: Callable[[Kind], Sequence[Metadata]],
        keeper: LeaseKeeper | None,
        namespace: str,
        now: datetime,
    ) -> None:
        self._sources, self._now = sources, now
        self._notebook = _Notebook(keeper, namespace, now) if keeper else None
        self._lock = Lock()
        self._listed: dict[Kind, Sequence[Metadata]] = {}
        self._ends: Ends | None = None
        self._last: tuple[Snapshot, Snapshot] | None = None

    def shown_on(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with what decides who may have its free places.

        Raises:
            ApiError: that cannot be known now.
        """
        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                informed = snapshot.informed(self._rivals(snapshot), self._read())
                self._last = snapshot, informed
            return self._last[1]

    def note(self, ended: Mapping[Ref, Iterable[str]]) -> None:
        """Note which sources are none any more, before their mirrors are taken away.

        Args:
            ended: what their mirrors are called.

        Raises:
            Unavailable: it cannot be written now.
        """
        if self._notebook is None:
            return
        with self._lock:
            new = [
                End(source, frozenset(sorted(names)[:_MOST_NAMES]), self._now)
                for source, names in ended.items()
            ]
            self._ends, self._last = Ends.of(self._notebook.add(new), self._now), None

    def _rivals(self, snapshot: Snapshot) -> Sequence[Metadata]:
        kind = snapshot.scope.kind
        if snapshot.scope.knows_rivals:
            return ()
        if kind not in self._listed:
            self._listed[kind] = self._sources(kind)
        return self._listed[kind]

    def _read(self) -> Ends:
        if self._ends is None:
            ends = self._notebook.ends() if self._notebook else ()
            self._ends = Ends.of(ends, self._now)
        return self._ends


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

    def add(self, new: Sequence[End]) -> Sequence[End]:
        """Note more, beside what others note at the same time; return what is noted now."""
        for _ in range(_ATTEMPTS):
            try:
                lease = self._keeper.find(self._namespace, ENDS_LEASE)
            except Forbidden:
                return ()
            ends = _bounded([*self._of(lease), *new])
            match self._write(lease, ends):
                case None:
                    return ends
                case Stale() | AlreadyExists():
                    continue
                case Unavailable() as error:
                    raise error
                case _:
                    return ()
        raise Unavailable(
            f"Lease {self._namespace}/{ENDS_LEASE} is written by others all the time. It is tried "
            "again when the event is delivered again."
        )

    def _of(self, lease: Lease) -> Sequence[End]:
        found = _read(lease.annotations.get(ENDED, ""))
        return [end for end in found if end.is_recent(self._now, KEPT_ITSELF)]

    def _write(self, lease: Lease, ends: Sequence[End]) -> ApiError | None:
        written = json.dumps(_written(ends))
        at = self._now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        seconds = int(KEPT_ITSELF.total_seconds())
        return self._keeper.renew(lease, {ENDED: written}, at=at, seconds=seconds)


def _bounded(ends: Sequence[End]) -> Sequence[End]:
    """Leave out what there is no room for: the oldest of the namespace that has most of them."""
    kept = list({end.source: end for end in ends}.values())
    while len(json.dumps(_written(kept))) > _MOST:
        [(most, _)] = Counter(end.source.namespace for end in kept).most_common(1)
        kept.remove(next(end for end in kept if end.source.namespace == most))
    return kept


def _written(ends: Iterable[End]) -> dict[str, Any]:
    return {
        f"{end.source.kind}/{end.source.path}": [end.at.isoformat(), *sorted(end.names)]
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
            names = frozenset(map(str, noted[1:]))
        except (ValueError, TypeError, IndexError, KeyError):
            continue
        if at.tzinfo:
            ends.append(End(ref, names, at))
    return ends
