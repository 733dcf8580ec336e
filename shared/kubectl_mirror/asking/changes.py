"""Changes: when something of what was asked about is otherwise, by watches of metadata."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import METADATA_LIST
from mirroring.errors import MirroringError, Unavailable
from mirroring.names import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubectl_mirror.access.streams import Streams
    from mirroring.cluster.protocols import Transport
    from mirroring.objects.references import Kind

_NAMESPACES: Final = "/api/v1/namespaces"
_AT_MOST: Final = 30.0  # seconds until one looks again, whatever was seen to change
_AT_LEAST: Final = 0.5  # seconds between two looks
_AFTER_AN_ERROR: Final = 5.0  # seconds


@dataclass(frozen=True)
class Changes:
    """Watches sources, mirrors and namespaces, from when it is begun.

    Args:
        transport: says from where on.
        streams: watch.
        kinds: of the objects.
    """

    transport: Transport
    streams: Streams
    kinds: Sequence[Kind]
    _seen: Event = field(default_factory=Event)
    _over: Event = field(default_factory=Event)

    def begin(self) -> None:
        """Begin to watch.

        Raises:
            ApiError: it may not be watched.
        """
        for path, query in self._lists():
            version = self._version(path, query)
            Thread(target=self._follow, args=(path, query, version), daemon=True).start()

    def wait(self) -> None:
        """Wait until something changed, or for half a minute: ages change by themselves."""
        self._over.wait(_AT_LEAST)
        self._seen.wait(_AT_MOST)
        self._seen.clear()

    def _lists(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        yield _NAMESPACES, []
        for kind in self.kinds:
            yield f"/api/v1/{kind.plural}", [("labelSelector", ROLE)]

    def _version(self, path: str, query: list[tuple[str, str]]) -> str:
        """Return the state from which on changes are told."""
        asked = [*query, ("limit", "1")]
        headers = {"Accept": METADATA_LIST}
        status, body = self.transport.request("GET", path, query=asked, headers=headers)
        if status != HTTPStatus.OK:
            raise refusal(f"list {path}", status, body)
        try:
            return str(json.loads(body)["metadata"]["resourceVersion"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"The API server's list of {path} has no version.") from error

    def _follow(self, path: str, query: list[tuple[str, str]], version: str) -> None:
        """Watch until nobody waits any more; where a watch ends, look, and begin another."""
        while not self._over.is_set():
            # Nor does a plugin end it that gives no credential any more: whoever looks is told.
            with suppress(MirroringError):
                for _ in self.streams.watch(path, [*query, ("resourceVersion", version)]):
                    self._seen.set()
                version = self._version(path, query)
                self._seen.set()
                # What ends each watch at once is not asked without end.
                self._over.wait(_AT_LEAST)
                continue
            self._over.wait(_AFTER_AN_ERROR)
            with suppress(MirroringError):
                version = self._version(path, query)
