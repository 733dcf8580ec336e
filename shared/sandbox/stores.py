"""What the sandbox holds: every object, and how each came to be what it is."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from sandbox.refusals import expired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.admissions import Admission
    from sandbox.kinds import Body, Kind, Ref

# Versions of a real API server do not begin at 1 either, and whoever thinks so gets 410.
_FIRST_VERSION: Final = 100
_REMEMBERED: Final = 100_000  # changes, after which the oldest expire


@dataclass(frozen=True, slots=True)
class Change:
    """One write.

    Args:
        version: the resourceVersion that it made.
        ref: the object.
        before: what it was; None when there was none.
        after: what it became; None when it was deleted.
    """

    version: int
    ref: Ref
    before: Body | None
    after: Body | None


class Store:
    """Objects by kind, namespace and name, in versions that count up with every write.

    A stored object is never changed, only replaced, so that whoever holds one needs no lock. Hold
    `lock` over what has to be one step.

    Args:
        clock: tells the time that is noted on objects.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.admissions: list[Admission] = []
        self._clock = clock
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._objects: dict[Ref, Body] = {}
        self._changes: deque[Change] = deque(maxlen=_REMEMBERED)
        self._forgotten = _FIRST_VERSION
        self._closed = False
        self.version = _FIRST_VERSION

    def copy(self) -> Store:
        """Return a store that holds the same, and remembers nothing of how it came to be."""
        with self.lock:
            copied = Store(self._clock)
            copied.admissions = self.admissions
            copied._objects = dict(self._objects)
            copied.version = copied._forgotten = self.version
            return copied

    def now(self) -> str:
        """Return the time as the API writes it, to the second."""
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, ref: Ref) -> Body | None:
        """Return an object; None when there is none."""
        return self._objects.get(ref)

    def put(self, ref: Ref, body: Body) -> Body:
        """Store an object in place of what has its name, and return it with its new version."""
        with self.lock:
            return self._change(ref, body) or body

    def remove(self, ref: Ref) -> None:
        """Take an object away."""
        with self.lock:
            self._change(ref, None)

    def all(self, kind: Kind, *, version: int | None = None) -> list[tuple[Ref, Body]]:
        """Return the objects of a kind in the order that lists have.

        Args:
            kind: their kind.
            version: as of when; now unless it is given.

        Raises:
            Refusal: that is too long ago (410).
        """
        with self.lock:
            objects = dict(self._objects)
            if version is not None:
                self._check_remembered(version)
                for change in takewhile(lambda c: c.version > version, reversed(self._changes)):
                    objects[change.ref] = change.before or {}
            found = [(ref, body) for ref, body in objects.items() if ref.kind is kind and body]
        return sorted(found, key=lambda entry: entry[0].path)

    def changes(self, since: int, *, within: float) -> list[Change]:
        """Return what happened after a version; wait for something to happen if nothing did.

        Args:
            since: the version.
            within: how many seconds to wait at most.

        Raises:
            Refusal: that is too long ago (410).
        """
        with self._changed:
            self._check_remembered(since)
            if since == self.version and not self._closed:
                self._changed.wait(within)
            recent = takewhile(lambda change: change.version > since, reversed(self._changes))
            return list(recent)[::-1]

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing will happen any more."""
        return self._closed

    def in_namespace(self, namespace: str) -> Iterator[Ref]:
        """Name what is in a namespace."""
        yield from [ref for ref in self._objects if ref.namespace == namespace]

    def _change(self, ref: Ref, after: Body | None) -> Body | None:
        before = self._objects.pop(ref, None)
        self.version += 1
        if after is not None:
            metadata = {**after["metadata"], "resourceVersion": str(self.version)}
            after = self._objects[ref] = {**after, "metadata": metadata}
        if len(self._changes) == self._changes.maxlen:
            self._forgotten = self._changes[0].version
        self._changes.append(Change(self.version, ref, before, after))
        self._changed.notify_all()
        return after

    def _check_remembered(self, version: int) -> None:
        if version < self._forgotten:
            raise expired(f"too old resource version: {version} ({self._forgotten})")
