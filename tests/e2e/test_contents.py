"""Invariant 14: of all sources that are written the contents are in memory a few at a time."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import pytest

from mirroring import Mirroring, names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.reading import ApiReader
from mirroring.reporting.reports import Action, Report
from tests.stand_ins import OneByOne
from tests.strategies import OWN, TARGETS, World
from tests.trials import DirectTransport, Trial

if TYPE_CHECKING:
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Object
    from mirroring.objects.references import Ref

SOURCES = 50
AUTO = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}


class CountingReader(ApiReader):
    """Counts the contents that were read and are still held by anybody."""

    most = 0

    def __init__(self, transport: DirectTransport) -> None:
        super().__init__(transport)
        self._read: list[weakref.ref[Content]] = []

    def get(self, ref: Ref) -> Object | None:
        """Read an object, and count."""
        found = super().get(ref)
        if found:
            self._read.append(weakref.ref(found.content))
        self.most = max(self.most, sum(each() is not None for each in self._read))
        return found


@pytest.fixture
def trial() -> Trial:
    """A cluster with fifty sources that have no mirrors yet."""
    trial = Trial(World(permitted=False))
    for number in range(SOURCES):
        trial.make_secret(OWN, AUTO, {"key": "b25l"}, name=f"tls-{number}")
    return trial


def resync(trial: Trial) -> tuple[Report, CountingReader]:
    transport, report = DirectTransport(trial.store), Report()
    cluster = Cluster(Connection(transport, OneByOne()))
    cluster.reader = reader = CountingReader(transport)
    Mirroring(cluster, report).resync()
    return report, reader


def test_contents_of_eight_sources_are_held_at_once_when_mirrors_are_made(trial: Trial) -> None:
    """Guards `content=None` in `RowApplier._close`, and `_AT_A_TIME`."""
    report, reader = resync(trial)

    assert report.counts()[Action.CREATED] == SOURCES * len(TARGETS)
    assert reader.most == 8


def test_contents_of_eight_sources_are_held_at_once_when_they_are_renewed(trial: Trial) -> None:
    resync(trial)
    for number in range(SOURCES):
        trial.change_secret(OWN, {"data": {"key": "dHdv"}}, name=f"tls-{number}")

    report, reader = resync(trial)

    assert report.counts()[Action.UPDATED] == SOURCES * len(TARGETS)
    assert reader.most == 8
