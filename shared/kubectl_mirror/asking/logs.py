"""The audit log of the functions that run now: past lines, and those to come."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.access.answers import as_sent_for
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.errors import ApiError, Forbidden, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kubectl_mirror.access.streams import Streams
    from mirroring.cluster.protocols import Transport

# Knative names its own parts so.
_OF_FUNCTIONS: Final = "serving.knative.dev/service"
CONTAINER: Final = "function"  # as kn-mirror's manifests name it
_REMEMBERED: Final = 4096  # lines of a Pod, by which those are known that come again
_EARLIER: Final = 10  # seconds before a line was read, in which it was on its way
_EVERY: Final = 3.0  # seconds after which it is looked for other Pods
_KINDS: Final = ("event", "target")


class Line(NamedTuple):
    """A line of a function's log.

    Args:
        pod: that wrote it.
        text: as it was written.
        entry: what it says; None where it is no audit line.
    """

    pod: str
    text: str
    entry: Mapping[str, Any] | None

    @classmethod
    def read(cls, pod: str, written: bytes) -> Line:
        """Read what was written, whatever it is."""
        text = written.decode(errors="replace")
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError):
            return cls(pod, text, None)
        is_audit = isinstance(entry, dict) and entry.get("audit") in _KINDS and _is_shallow(entry)
        return cls(pod, text, entry if is_audit and isinstance(entry.get("time"), str) else None)

    @property
    def time(self) -> str:
        """When it was written; empty where it is no audit line."""
        return str(self.entry["time"]) if self.entry else ""


def _is_shallow(entry: Mapping[str, Any]) -> bool:
    """Whether it is no deeper than audit lines are: what is without end can be written by none."""
    within = (inner for each in entry.values() if isinstance(each, dict) for inner in each.values())
    return not any(
        isinstance(each, list) or (is_within and isinstance(each, dict))
        for is_within, those in ((False, entry.values()), (True, within))
        for each in those
    )


@dataclass(frozen=True, slots=True)
class FunctionLogs:
    """Reads what kn-mirror's functions write.

    Args:
        transport: finds their Pods.
        streams: read their logs.
        namespace: kn-mirror's own.
        tail: how many lines of each Pod that are there already are read; 0 for all.
    """

    transport: Transport
    streams: Streams
    namespace: str
    tail: int = 0

    def pods(self) -> list[str]:
        """Name the Pods of functions that run, or ran and are still there.

        Others may have a Knative Service of their own in the namespace.

        Raises:
            ApiError: they may not be listed.
        """
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        query = [("labelSelector", _OF_FUNCTIONS)]
        status, body = self.transport.request("GET", path, query=query, headers={"Accept": JSON})
        if status == HTTPStatus.NOT_FOUND:
            return []
        if status != HTTPStatus.OK:
            raise refusal(f"list Pods in namespace {self.namespace}", status, body)
        with as_sent_for(f"Pods in namespace {self.namespace}"):
            return [
                str(each["metadata"]["name"])
                for each in json.loads(body).get("items") or ()
                if any(container["name"] == CONTAINER for container in each["spec"]["containers"])
            ]

    def past(self) -> list[Line]:
        """Return what was written until now, of all Pods, in the order of time.

        Raises:
            ApiError: it may not be read.
        """
        found: list[tuple[str, Line]] = []
        for pod in self.pods():
            at = ""
            for line in self._read(pod, self._first()):
                # What is no audit line belongs where it stands.
                at = line.time or at
                found.append((at, line))
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    def following(self, *, every: float = _EVERY) -> Iterator[Line]:
        """Return the same, and what is written from then on, by Pods that come later, too.

        Args:
            every: after how many seconds it is looked for them, and for logs that broke off.

        Raises:
            ApiError: it may not be read.
        """
        heard: SimpleQueue[Line | _Ended] = SimpleQueue()
        followed: dict[str, _Followed] = {}
        due = 0.0
        while True:
            if monotonic() >= due:
                self._follow(followed, heard)
                due = monotonic() + every
            try:
                found = heard.get(timeout=max(0.0, due - monotonic()))
            except Empty:
                continue
            if isinstance(found, Line):
                if followed[found.pod].is_new(found, time()):
                    yield found
            elif found.error:
                raise found.error
            else:
                followed[found.pod].is_open = False

    def _follow(self, followed: dict[str, _Followed], heard: SimpleQueue[Line | _Ended]) -> None:
        for pod in self.pods():
            known = followed.setdefault(pod, _Followed())
            if known.is_open:
                continue
            known.is_open = True
            query = [("follow", "true"), *(known.since(time()) or self._first())]
            Thread(target=self._hear, args=(pod, query, heard), daemon=True).start()

    def _hear(
        self, pod: str, query: Iterable[tuple[str, str]], heard: SimpleQueue[Line | _Ended]
    ) -> None:
        """Pass on what a Pod writes until it ends, or its log breaks off."""
        ended = _Ended(pod, None)
        try:
            for line in self._read(pod, query):
                heard.put(line)
        except (Forbidden, Unauthorized) as refused:
            ended = _Ended(pod, refused)
        except ApiError:
            pass  # It broke off, and is asked for once more where the Pod is still there.
        except Exception as error:
            # As of a plugin that gives no credential any more: whoever waits would wait for ever.
            ended = _Ended(pod, error)
        heard.put(ended)

    def _read(self, pod: str, query: Iterable[tuple[str, str]]) -> Iterator[Line]:
        try:
            for written in self.streams.log(self.namespace, pod, CONTAINER, [*query]):
                yield Line.read(pod, written)
        except ApiError as error:
            # A container that waits to be started has no log, nor has a Pod that went.
            if error.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
                raise

    def _first(self) -> list[tuple[str, str]]:
        return [("tailLines", str(self.tail))] if self.tail else []


class _Ended(NamedTuple):
    pod: str
    error: Exception | None


@dataclass(slots=True)
class _Followed:
    """What was read of a Pod's log.

    When it was read, and not when a line says that it was written: that may be a day to come, from
    which on nothing would be heard.
    """

    is_open: bool = False
    _read_at: float = 0.0
    _known: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def is_new(self, line: Line, now: float) -> bool:
        """Whether an audit line did not come before; remember it.

        Args:
            line: that came.
            now: the time, in seconds.
        """
        self._read_at = now
        if line.entry is None:
            return True
        if line.text in self._known:
            return False
        self._known.append(line.text)
        return True

    def since(self, now: float) -> list[tuple[str, str]]:
        """Return what asks for the rest of a log that broke off."""
        if not self._read_at:
            return []
        return [("sinceSeconds", str(_EARLIER + max(0, ceil(now - self._read_at))))]
