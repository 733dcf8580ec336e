"""A namespace where nothing can be written: told once, others unharmed, and done soon when it can.

Whatever the API server says, and for whichever reason; a docstring names the line that it guards.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import Mirroring, names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.errors import Unavailable
from mirroring.objects.references import KINDS, Ref
from mirroring.reporting.reports import Action, Report
from sandbox import kinds
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.stand_ins import OneByOne
from tests.trials import DirectTransport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AUTO: Final = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
SOURCES: Final = [f"tls-{number}" for number in range(5)]
OTHERS: Final = ("dev", "stage")
BARRED: Final = "kube-system"
HANGS: Final = 0
DENIED: Final = 'admission webhook "policy.example.com" denied the request: not here'
LATER: Final = (HANGS, 429, 500, 503)  # such answers may come of an overload that passes
BY_STATUS: Final[dict[int, str]] = {
    400: "BadRequest",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}


class BarredTransport(DirectTransport):
    """A transport to a store in one of whose namespaces no write comes to pass."""

    def __init__(self, store: Store, status: int, message: str) -> None:
        super().__init__(store)
        self._status, self._message = status, message
        self.asked: list[str] = []
        self.is_barred = True

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Refuse, or answer."""
        self.asked.append(f"{method} {path}")
        if self.is_barred and method != "GET" and f"/namespaces/{BARRED}/" in path:
            return self._refusal()
        return super().request(method, path, query=query, headers=headers, body=body, most=most)

    def _refusal(self) -> tuple[int, bytes]:
        if self._status == HANGS:
            raise Unavailable("The API server did not answer.")
        reason = BY_STATUS[self._status]
        return self._status, json.dumps({"reason": reason, "message": self._message}).encode()

    @property
    def tried(self) -> int:
        """How many writes were tried in that namespace."""
        return sum(
            not each.startswith("GET") and f"/namespaces/{BARRED}/" in each for each in self.asked
        )


class Barred:
    """Five sources for all namespaces, one of which takes nothing."""

    def __init__(self, kind: str, status: int, message: str) -> None:
        self.kind = kind
        self.store = Store()
        self.user = Registry(self.store, "user")
        for name in ("kn-mirror", "prod", BARRED, *OTHERS):
            self.user.create(kinds.NAMESPACE, "", {"metadata": {"name": name}})
        for name in SOURCES:
            self.write("prod", name, "one")
        self.transport = BarredTransport(self.store, status, message)

    @property
    def _kind(self) -> kinds.Kind:
        return kinds.SECRET if self.kind == "Secret" else kinds.CONFIG_MAP

    def write(self, namespace: str, name: str, value: str) -> None:
        metadata = {"name": name, "annotations": AUTO}
        data = {"key": "bmV3" if value == "new" else "b25l"}
        self.user.create(self._kind, namespace, {"metadata": metadata, "data": data})

    def change(self, namespace: str, name: str, change: dict[str, Any]) -> None:
        self.user.patch(
            kinds.Ref(self._kind, namespace, name), change, "application/merge-patch+json"
        )

    def tick(self) -> Report:
        """Let a tick come, and forget what was asked before."""
        self.transport.asked.clear()
        report = Report()
        cluster = Cluster(Connection(self.transport, OneByOne()))
        Mirroring(cluster, report, full_resync_interval=3600).resync()
        return report

    def reconcile(self, name: str) -> Report:
        self.transport.asked.clear()
        report = Report()
        cluster = Cluster(Connection(self.transport, OneByOne()))
        Mirroring(cluster, report).reconcile(Ref(KINDS[self.kind], "prod", name))
        return report

    def has(self, namespace: str) -> bool:
        return all(self.store.get(kinds.Ref(self._kind, namespace, name)) for name in SOURCES)


def told(report: Report) -> int:
    return sum(not each.told for each in report.outcomes if each.action is Action.FAILED)


def is_quiet(barred: Barred) -> bool:
    """Whether the last tick asked no more than a tick does that finds nothing."""
    return len(barred.transport.asked) == 5


CASES: Final = [
    *((status, "not here") for status in BY_STATUS if status not in {404, 409}),
    *((status, DENIED) for status in BY_STATUS),
    (HANGS, ""),
]
whatever_is_said = pytest.mark.parametrize(("status", "message"), CASES)
both_kinds = pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])


@both_kinds
@whatever_is_said
def test_where_nothing_can_be_written_ticks_become_quiet(
    kind: str, status: int, message: str
) -> None:
    """R17, E2. Guards `_Stand` in `Memory.recall`, and `_DENIED` in `refusals`."""
    barred = Barred(kind, status, message)

    reports, quiet = [], []
    for _ in range(9):
        reports.append(barred.tick())
        quiet.append(is_quiet(barred))

    assert [told(each) for each in reports][:1] == [5]
    assert sum(map(told, reports)) == 5
    assert quiet == [False, False, True, False, True, True, True, False, True]
    assert not any(each.must_retry for each in reports[1:])
    assert [barred.has(each) for each in (BARRED, *OTHERS)] == [False, True, True]


@both_kinds
@whatever_is_said
def test_when_it_can_be_written_again_it_is_within_an_hour_of_ticks(
    kind: str, status: int, message: str
) -> None:
    barred = Barred(kind, status, message)
    for _ in range(5):
        barred.tick()

    barred.transport.is_barred = False
    for _ in range(4):
        barred.tick()

    assert barred.has(BARRED)


@both_kinds
@whatever_is_said
def test_the_first_failure_comes_again_just_where_that_may_help(
    kind: str, status: int, message: str
) -> None:
    barred = Barred(kind, status, message)

    report = barred.tick()

    assert report.must_retry == (status in LATER and message != DENIED)


@whatever_is_said
def test_a_source_that_changes_is_tried_at_once(status: int, message: str) -> None:
    """Guards the source's version in what is remembered."""
    barred = Barred("Secret", status, message)
    for _ in range(5):
        barred.tick()
    barred.transport.is_barred = False
    barred.change("prod", SOURCES[0], {"data": {"key": "bmV3"}})

    barred.tick()

    found = barred.store.get(kinds.Ref(kinds.SECRET, BARRED, SOURCES[0]))
    assert found
    assert found["data"] == {"key": "bmV3"}


@pytest.mark.parametrize(("status", "message"), [(HANGS, ""), (500, "failed calling webhook")])
def test_where_writes_hang_only_two_of_an_event_are_waited_for(status: int, message: str) -> None:
    """R26. Guards `Outages`."""
    barred = Barred("Secret", status, message)

    report = barred.tick()

    assert barred.transport.tried == 2
    assert [barred.has(each) for each in OTHERS] == [True, True]
    assert report.must_retry


def test_a_thousand_restored_mirrors_are_each_read_and_touched_once_without_any_memory() -> None:
    """R16: more than a Lease could remember."""
    barred = Barred("Secret", 403, "")
    barred.transport.is_barred = False
    for number in range(200):
        barred.user.create(kinds.NAMESPACE, "", {"metadata": {"name": f"team-{number}"}})
    barred.tick()
    restored = [
        ref
        for ref, body in barred.store.all(kinds.SECRET)
        if body["metadata"].get("labels", {}).get(names.ROLE) == names.ROLE_MIRROR
    ]
    for ref in restored:
        restore(barred.store, ref)

    barred.tick()
    touched = sum(each.startswith("PATCH /api/v1") for each in barred.transport.asked)
    forget(barred.store)
    barred.tick()

    assert touched == len(restored) == 5 * 204
    assert not [each for each in barred.transport.asked if "/namespaces/team-" in each]


def restore(store: Store, ref: kinds.Ref) -> None:
    """Let a mirror be written by a backup tool alone, long ago."""
    metadata = (store.get(ref) or {})["metadata"]
    entries = [
        {**each, "manager": "velero", "time": "2020-01-01T00:00:00Z"}
        for each in metadata["managedFields"]
    ]
    change = {"metadata": {"managedFields": entries}}
    Registry(store, "velero").patch(ref, change, "application/merge-patch+json")


def forget(store: Store) -> None:
    """Let nothing be remembered."""
    for ref, _ in store.all(kinds.LEASE):
        store.remove(ref)


@pytest.mark.parametrize("status", [403, 409, 500])
def test_a_mirror_that_may_not_be_deleted_is_told_once(status: int) -> None:
    barred = Barred("Secret", status, DENIED)
    barred.transport.is_barred = False
    barred.tick()
    barred.transport.is_barred = True
    for name in SOURCES:
        barred.change("prod", name, {"metadata": {"annotations": {names.ALLOWED: "false"}}})

    reports = [barred.tick() for _ in range(9)]

    assert sum(map(told, reports)) == 5
    assert barred.has(BARRED)
