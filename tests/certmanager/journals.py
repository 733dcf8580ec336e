"""Every state that a Secret ever had, as a watch tells it: also what lasted for a moment."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tests.lab.clusters import data_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse

    from tests.certmanager.certificates import Certificate
    from tests.lab.clusters import Workbench

_SECRETS: Final = "/api/v1/secrets"
_END: Final = "end-of-journal"


class Journal:
    """The states of all Secrets of a cluster, from the moment that it was opened."""

    def __init__(self, workbench: Workbench, stream: BaseHTTPResponse) -> None:
        self._workbench = workbench
        self._stream = stream
        self._changes: list[dict[str, Any]] = []

    def states(self) -> list[dict[str, Any]]:
        """Return what was written until now, in order, deletions left out."""
        marker = self._mark("marker")
        eventually(lambda: marker in [each["object"]["metadata"]["name"] for each in self._changes])
        return [each["object"] for each in self._changes if each["type"] != "DELETED"]

    def deletions(self, certificate: Certificate) -> list[str]:
        """Name the namespaces in which a Secret of its name was deleted until now."""
        self.states()
        gone = (each["object"]["metadata"] for each in self._changes if each["type"] == "DELETED")
        return [each["namespace"] for each in gone if each["name"] == certificate.secret]

    def sources(self, certificate: Certificate) -> list[dict[str, Any]]:
        """Return the states of a Certificate's own Secret."""
        return self._of(certificate).get(certificate.namespace, [])

    def mirrors(self, certificate: Certificate) -> list[dict[str, Any]]:
        """Return the states of its mirrors, those of one after those of another."""
        found = self._of(certificate)
        found.pop(certificate.namespace, None)
        return [state for states in found.values() for state in states]

    def idle_writes(self, certificate: Certificate) -> list[str]:
        """Return which mirrors were written though they held the same before, and when."""
        return [
            f"{after['metadata']['namespace']} at {after['metadata']['resourceVersion']}"
            for before, after in pairwise(self.mirrors(certificate))
            if before["metadata"]["uid"] == after["metadata"]["uid"]
            and data_of(before) == data_of(after)
        ]

    def follow(self) -> None:
        """Read until the journal is closed."""
        rest = b""
        for part in self._stream.stream(amt=None):
            *lines, rest = (rest + part).split(b"\n")
            for change in map(json.loads, lines):
                self._changes.append(change)
                if change["object"]["metadata"]["name"].startswith(_END):
                    return

    def close(self) -> None:
        """Have it end with what is written now."""
        self._mark(_END)

    def _mark(self, kind: str) -> str:
        name = f"{kind}-{uuid4()}"
        self._workbench.secret("default", name, {})
        self._workbench.delete("Secret", "default", name)
        return name

    def _of(self, certificate: Certificate) -> dict[str, list[dict[str, Any]]]:
        by_namespace: dict[str, list[dict[str, Any]]] = {}
        for state in self.states():
            if state["metadata"]["name"] == certificate.secret:
                by_namespace.setdefault(state["metadata"]["namespace"], []).append(state)
        return by_namespace


@contextmanager
def kept(workbench: Workbench) -> Iterator[Journal]:
    """Keep a journal until the end of the block."""
    listed = workbench.api.request("GET", f"{_SECRETS}?limit=1").body
    version = listed["metadata"]["resourceVersion"]
    stream = workbench.api.stream(f"{_SECRETS}?watch=true&resourceVersion={version}")
    journal = Journal(workbench, stream)
    reading = Thread(target=journal.follow, daemon=True)
    reading.start()
    yield journal
    journal.close()
    reading.join()
    stream.close()
