"""What would be done, from the same loop, by a writer that writes nothing."""

from __future__ import annotations

from hypothesis import given

from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.writing import Recorder
from mirroring.objects.references import SECRET
from mirroring.planning.scopes import Scope
from mirroring.policies.limits import Limits
from mirroring.reconciling.clocks import Clock
from mirroring.reconciling.reconciler import Reconciler
from mirroring.reporting.reports import Action, Report
from tests.stand_ins import OneByOne
from tests.strategies import World, worlds
from tests.trials import DirectTransport, Trial

WRITTEN = (Action.CREATED, Action.UPDATED, Action.DELETED)


def written(report: Report) -> set[tuple[str, str]]:
    """Name what was written, or would be, and how."""
    return {
        (outcome.action.value, str(outcome.target))
        for outcome in report.outcomes
        if outcome.action in WRITTEN
    }


def resync(cluster: Cluster, *, recorder: Recorder | None = None) -> Report:
    """Resync all Secrets, or say what that would do."""
    report = Report()
    writer = recorder or cluster.writer
    reconciler = Reconciler(cluster.reader, writer, OneByOne(), report, Limits(), Clock())
    reconciler.run(Scope(SECRET, everything=True))
    return report


@given(worlds)
def test_a_recorder_is_told_what_a_writer_would_do_and_does_nothing(world: World) -> None:
    trial = Trial(world)
    cluster = Cluster(Connection(DirectTransport(trial.store), OneByOne()))
    before, recorder = trial.store.version, Recorder()

    told = resync(cluster, recorder=recorder)
    version = trial.store.version
    done = resync(cluster)

    assert version == before
    assert written(told) == written(done)
    assert len(recorder.changes) >= len(written(told))
