"""A delivery that is taken back: what was done stays done, and the next one does the rest.

The time of an event is up after so many requests, not seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mirroring import Mirroring, names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.names import LEASE, LOOKED_AT, REMEMBERED
from mirroring.objects.references import SECRET, Ref
from mirroring.reconciling.clocks import Clock
from mirroring.reporting import audit
from mirroring.reporting.reports import Action, Report
from sandbox import kinds
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.stand_ins import OneByOne
from tests.trials import DirectTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

APPS = 300
EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
TO_APPS = EVERYWHERE | {names.AUTO_NAMESPACES: "app-.*"}
DATA = {"key": "b25l"}


class Limited(DirectTransport):
    """A transport to a store, which counts, and after which the time of an event is up."""

    def __init__(self, store: Store, most: int, method: str = "") -> None:
        super().__init__(store)
        self.asked: Counter[str] = Counter()
        self._most, self._method = most, method

    @property
    def is_used_up(self) -> bool:
        """Whether as many requests were made as there is time for."""
        counted = self.asked[self._method] if self._method else self.asked.total()
        return counted >= self._most

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
        """Count, then answer."""
        self.asked[method] += 1
        return super().request(method, path, query=query, headers=headers, body=body, most=most)


@dataclass(frozen=True)
class RequestClock(Clock):
    """The clock of an event whose time is up when a transport is used up."""

    transport: Limited | None = None

    @property
    def is_up(self) -> bool:
        """Whether nothing more may be begun."""
        return self.transport is not None and self.transport.is_used_up


class Site:
    """A cluster with many namespaces."""

    def __init__(self) -> None:
        self.store = Store()
        self.user = Registry(self.store, "user")
        for name in ("kn-mirror", "prod", *(f"app-{number}" for number in range(APPS))):
            self.user.create(kinds.NAMESPACE, "", {"metadata": {"name": name}})

    def source(self, name: str, annotations: Mapping[str, str] = TO_APPS) -> None:
        metadata = {"name": name, "annotations": dict(annotations)}
        metadata["labels"] = {names.ROLE: names.ROLE_SOURCE}
        self.user.create(kinds.SECRET, "prod", {"metadata": metadata, "data": DATA})

    def annotate(self, name: str, annotations: Mapping[str, str]) -> None:
        change = {"metadata": {"annotations": dict(annotations)}}
        ref = kinds.Ref(kinds.SECRET, "prod", name)
        self.user.patch(ref, change, "application/merge-patch+json")

    def handle(
        self,
        event: Callable[[Mirroring], None],
        most: int = 10**9,
        method: str = "",
        *,
        interval: int = 3600,
    ) -> tuple[Report, Counter[str]]:
        """Handle an event that has time for so many requests; return what was asked, too."""
        transport = Limited(self.store, most, method)
        report, clock = Report(), RequestClock(transport=transport)
        cluster = Cluster(Connection(transport, OneByOne()))
        event(Mirroring(cluster, report, clock=clock, full_resync_interval=interval))
        return report, transport.asked

    def mirrors(self, name: str = "tls") -> int:
        """Count the mirrors of a source."""
        held = (ref for ref, _ in self.store.all(kinds.SECRET) if ref.name == name)
        return sum(ref.namespace != "prod" for ref in held)

    def role(self, name: str) -> str | None:
        """Return the label by which a source is found."""
        found = self.store.get(kinds.Ref(kinds.SECRET, "prod", name))
        labels = found["metadata"].get("labels", {}) if found else {}
        return labels.get(names.ROLE)

    def memory(self) -> dict[str, str]:
        """Return what on-resync remembers."""
        ref = kinds.Ref(kinds.LEASE, "kn-mirror", LEASE)
        return dict((self.store.get(ref) or {})["metadata"]["annotations"])


@pytest.fixture
def site() -> Site:
    return Site()


def reconcile(mirroring: Mirroring) -> None:
    mirroring.reconcile(Ref(SECRET, "prod", "tls"))


def test_what_there_was_no_time_for_is_named_and_done_by_the_next_delivery_alone(
    site: Site,
) -> None:
    """Guards `clock.is_up` in `RowApplier.apply`."""
    site.source("tls")

    report, asked = site.handle(reconcile, 100, "POST")
    after_the_first = site.mirrors()
    _, asked_then = site.handle(reconcile)

    *_, line = audit.lines(report)
    assert (asked["POST"], after_the_first) == (100, 100)
    assert (line["retry"], line["decision"]) == (True, "reconciled")
    assert "200 mirrors of Secret prod/tls" in line["reason"]
    assert "100 created" in line["reason"]
    # The source, its mirrors, pull mirrors, namespaces, other sources and who had the places, the
    # content, and the second look.
    assert asked_then == {"GET": 8, "POST": 200}
    assert site.mirrors() == APPS


def test_when_the_time_is_up_after_the_last_write_the_second_look_is_for_the_next_delivery(
    site: Site,
) -> None:
    """Guards `clock.is_up` in `Reconciler._moved`: a source that has gone would leave orphans."""
    site.source("tls")

    report, asked = site.handle(reconcile, APPS, "POST")

    assert asked == {"GET": 7, "POST": APPS}
    assert report.must_retry
    assert report.counts()[Action.FAILED] == 0
    assert report.reason.endswith("another look at Secret prod/tls")


def test_a_source_that_moved_when_the_time_is_up_is_not_said_to_keep_changing(
    site: Site,
) -> None:
    """Guards `clock.is_up` in `Reconciler.run`."""
    site.source("tls")
    transport = Limited(site.store, APPS + 6)
    report = Report()

    def annotate() -> None:
        if transport.asked.total() == 50:
            site.annotate("tls", {"a": "b"})

    transport.before = annotate

    reconcile(
        Mirroring(
            Cluster(Connection(transport, OneByOne())),
            report,
            clock=RequestClock(transport=transport),
        )
    )

    assert report.must_retry
    assert report.counts()[Action.FAILED] == 0
    assert report.reason.endswith("another look at Secret prod/tls")


def test_a_former_source_keeps_its_label_while_mirrors_of_it_are_left(site: Site) -> None:
    """Guards `clock.is_up` in `Reconciler._moved`: by that label the rest is found."""
    site.source("tls")
    site.handle(reconcile)
    site.annotate("tls", {names.ALLOWED: "false"})

    site.handle(reconcile, 100, "DELETE")
    role_between = site.role("tls")
    _, asked_then = site.handle(reconcile)

    assert role_between == names.ROLE_SOURCE
    assert asked_then["DELETE"] == APPS - 100
    assert site.role("tls") is None


def test_a_resync_of_many_sources_goes_on_where_it_ended(site: Site) -> None:
    """Guards `clock.is_up` in `Reconciler._due`, and in `Mirroring.resync`."""
    for number in range(40):
        site.source(f"tls-{number}", EVERYWHERE | {names.AUTO_NAMESPACES: "app-[0-9]"})

    report, asked = site.handle(Mirroring.resync, 165, "POST")
    _, asked_then = site.handle(Mirroring.resync)

    left = "16 Secrets, another look at 17 Secrets, all ConfigMaps"
    assert asked["POST"] == 165 + 1  # the Lease
    assert report.must_retry
    assert "5 mirrors of Secret prod/tls-" in report.reason
    assert report.reason.endswith(left)
    # The sources of which mirrors are left are read, and none that was done.
    assert asked_then == {"GET": 24 + 8, "POST": 400 - 165, "PATCH": 1}
    assert sum(site.mirrors(f"tls-{number}") for number in range(40)) == 400


def test_a_resync_that_is_taken_back_loses_no_memory(site: Site) -> None:
    """Guards `Memory.keep`."""
    site.source("tls", EVERYWHERE | {names.AUTO_NAMESPACES: "app-1"})
    site.user.create(kinds.SECRET, "app-1", {"metadata": {"name": "tls"}, "data": DATA})
    site.handle(Mirroring.resync)
    before = site.memory()

    report, _ = site.handle(Mirroring.resync, 3)
    after = site.memory()

    assert report.must_retry
    assert len(before[REMEMBERED]) > len("{}")
    assert after == before


def test_a_full_look_that_is_taken_back_is_none(site: Site) -> None:
    """Guards `looked` in `Mirroring.resync`."""
    site.source("tls")

    site.handle(Mirroring.resync, 50)
    looked_between = site.memory()[LOOKED_AT]
    site.handle(Mirroring.resync)

    assert looked_between == ""
    assert site.memory()[LOOKED_AT] != ""
