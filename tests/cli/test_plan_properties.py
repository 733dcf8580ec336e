"""What `plan` says is what a resync then does, over clusters of all sorts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mirror.access.documents import Document
from kubectl_mirror.access.transports import MetadataOnly
from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.forecasts import Forecaster
from kubectl_mirror.asking.suppositions import Supposing, Supposition
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.leases import LeaseKeeper
from mirroring.cluster.reading import ApiReader
from mirroring.objects.hash_keys import NO_KEYS, HashKeys
from mirroring.policies.limits import Limits
from mirroring.reconciling.mirroring import Mirroring
from mirroring.reporting.reports import Action, Report
from sandbox import kinds
from tests.stand_ins import OneByOne
from tests.strategies import OWN, TARGETS, Found, World, worlds
from tests.trials import DATA, OLDER, DirectTransport, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RIVAL: Final = "team"
OWNER: Final = f"{OWN}/tls"
SOURCES: Final = (OWNER, f"{RIVAL}/tls")
KEYS: Final = HashKeys({"of-functions": b"known to nobody who asks"})
DEEDS: Final = {
    Action.CREATED: Deed.MAKE,
    Action.UPDATED: Deed.CHANGE,
    Action.DELETED: Deed.TAKE_AWAY,
    Action.CONFLICT: Deed.BLOCKED,
    Action.REFUSED: Deed.BLOCKED,
}


class Done(NamedTuple):
    """What is done, or said to be, at one place."""

    source: str
    target: str
    deed: Deed


def installed(world: World) -> Trial:
    """Make a cluster where kn-mirror has a namespace, in which it notes which sources went."""
    trial = Trial(world)
    apply(trial, namespace("kn-mirror", None))
    return trial


def said(trial: Trial, supposition: Supposition | None = None) -> set[Done]:
    """Ask `plan`, which can write nothing."""
    transport = MetadataOnly(DirectTransport(trial.store), {})
    forecaster = Forecaster(
        ApiReader(transport),
        Limits(),
        LeaseKeeper(transport),
        "kn-mirror",
        datetime.now(UTC),
        supposition or Supposition(),
    )
    return {
        Done(each.ref.path, step.target.path, deed_of(step))
        for each in forecaster.forecast().prospects
        for step in each.steps
        if deed_of(step).is_difference and step.target.path not in SOURCES
        # Of places that are kept for a source an event tells the first alone.
        if not step.kept_for or step.target == each.plan.kept_for[step.kept_for][0]
    }


def done(trial: Trial, keys: HashKeys = NO_KEYS) -> set[Done]:
    """Resync; return what was done, and what could not be."""
    report, cluster = Report(), Cluster(Connection(DirectTransport(trial.store), OneByOne()))
    Mirroring(cluster, report, hash_keys=keys).resync()
    return {
        Done(each.source.path, each.target.path, DEEDS[each.action])
        for each in report.outcomes
        # Of sources it is told, too, who their rivals are, which is no step.
        if each.action in DEEDS and each.target.path not in SOURCES
    }


def supposed(trial: Trial, manifests: Iterable[Mapping[str, Any]]) -> Supposition:
    """Suppose that manifests were applied."""
    transport = MetadataOnly(DirectTransport(trial.store), {})
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    supposing = Supposing(transport, Limits().kinds, "default", at)
    return supposing.of(Document("a test", each) for each in manifests)


def assert_foretold(foretold: set[Done], came: set[Done]) -> None:
    """What is sure came true; what is to be compared was changed, or found in order."""
    sure = {each for each in foretold if each.deed is not Deed.CHECK}
    open_ = {each._replace(deed=Deed.CHANGE) for each in foretold - sure}
    assert sure <= came <= sure | open_


def source(namespace: str, world: World, data: Mapping[str, str]) -> dict[str, Any]:
    """Write the manifest of a source."""
    metadata = {"name": "tls", "namespace": namespace, "annotations": world.annotations}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "Opaque",
        "data": data,
    }


def namespace(name: str, env: str | None) -> dict[str, Any]:
    """Write the manifest of a namespace."""
    labels = {"env": env} if env else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def apply(trial: Trial, manifest: Mapping[str, Any]) -> None:
    """Apply a manifest as a user."""
    metadata = manifest["metadata"]
    kind = kinds.SECRET if manifest["kind"] == "Secret" else kinds.NAMESPACE
    ref = kinds.Ref(kind, metadata.get("namespace", ""), metadata["name"])
    if trial.store.get(ref):
        trial.as_user.patch(ref, dict(manifest), "application/merge-patch+json")
    else:
        trial.as_user.create(kind, ref.namespace, dict(manifest))


@given(worlds)
def test_a_plan_is_what_the_next_resync_does(world: World) -> None:
    trial = installed(world)
    version = trial.store.version

    foretold = said(trial)
    untouched = trial.store.version == version
    came = done(trial)

    assert untouched
    assert_foretold(foretold, came)


@given(worlds)
def test_after_a_resync_a_plan_has_nothing_left_to_do(world: World) -> None:
    trial = installed(world)
    done(trial)

    left = said(trial)

    assert {each for each in left if each.deed is not Deed.BLOCKED} == set()
    assert_foretold(left, done(trial))


@settings(max_examples=50)
@given(worlds, worlds, st.sampled_from([DATA, OLDER]), st.sampled_from([NO_KEYS, KEYS]))
def test_a_plan_of_manifests_is_what_comes_of_applying_them(
    world: World, wanted: World, data: Mapping[str, str], keys: HashKeys
) -> None:
    trial = installed(world)
    done(trial, keys)
    before = said(trial)
    manifests = [
        *(namespace(name, wanted.labels[name]) for name in TARGETS),
        namespace("newcomer", "prod"),
        source(OWN, wanted, data),
    ]

    foretold = said(trial, supposed(trial, manifests))
    for each in manifests:
        apply(trial, each)
    came = done(trial, keys)

    assert_foretold(foretold, {each for each in came if each.source == OWNER or each not in before})


@settings(max_examples=50)
@given(worlds, worlds)
def test_a_plan_of_a_rival_is_what_comes_of_it_and_nothing_that_is_due_anyway(
    world: World, wanted: World
) -> None:
    trial = installed(world)
    before = said(trial)
    manifests = [namespace(RIVAL, None), source(RIVAL, wanted, OLDER)]

    foretold = said(trial, supposed(trial, manifests))
    for each in manifests:
        apply(trial, each)
    came = done(trial)

    kept = {each for each in came if each.source == SOURCES[1] or each not in before}
    compared = {each._replace(deed=Deed.CHANGE) for each in before if each.deed is Deed.CHECK}
    assert_foretold(foretold, kept - compared)


def test_where_hashes_are_signed_it_stays_open_whether_a_content_is_equal() -> None:
    world = World(found=dict.fromkeys(TARGETS, Found.NOTHING))
    trial = installed(world)
    done(trial, KEYS)

    foretold = said(trial, supposed(trial, [source(OWN, world, DATA)]))
    apply(trial, source(OWN, world, DATA))

    assert {each.deed for each in foretold} == {Deed.CHECK}
    assert done(trial, KEYS) == set()
