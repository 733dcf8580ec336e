"""Several sources want mirrors of one name: which one has a place, and for whom places are kept.

The tenant is whoever may write Secrets in namespace team, the platform whoever may in prod.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest

from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Limits, Side
from mirroring.reconciling.clocks import Clock
from tests.e2e.invariants import EVERYWHERE, told_of, values, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

PLATFORM: Final = Limits(platform=Globs.parse("prod"))
NEW: Final = [f"new-{number}" for number in range(4)]
APPS: Final = {names.AUTO_NAMESPACES: "app-.*|new-.*"}


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench, apps: list[str]) -> None:
    """The namespaces of these tests: `prod` and the apps are there."""
    assert apps
    for name in ("team", "kn-mirror"):
        workbench.namespace(name)


def write_tenants(workbench: Workbench, kind: str) -> None:
    """Write the tenant's source, which wants to be in every namespace, the platform's too."""
    write(workbench, "team/tls", "tenant", kind, EVERYWHERE)


def write_platforms(workbench: Workbench, kind: str) -> None:
    """Write the platform's source."""
    write(workbench, "prod/tls", "platform", kind, EVERYWHERE | APPS)


def later(handler: Handler, **passed: float) -> None:
    """Let time have passed for kn-mirror."""
    handler.clock = Clock(at=datetime.now(UTC) + timedelta(**passed))


def records(workbench: Workbench, kind: str, namespace: str) -> dict[str, str]:
    """Return the annotations of a mirror."""
    found = workbench.get(kind, namespace, "tls")
    assert found is not None
    return dict(found["metadata"]["annotations"])


# Which comes first.


def test_new_namespaces_hold_the_platforms_mirror_whichever_sorts_first(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """F4: 20 of 30 held the tenant's."""
    handler.limits = Limits(platform=Globs.parse("team"))
    write_platforms(workbench, kind)
    write_tenants(workbench, kind)
    for path in ("prod", "team"):
        handler.reconcile(path, "tls", kind)
    for name in NEW:
        workbench.namespace(name)

    for name in NEW[:2]:
        handler.reconcile_namespace(name)
    handler.resync()

    assert values(workbench, NEW, kind) == [b"tenant"] * 4


EVENTS: dict[str, Callable[[Handler, str], object]] = {
    "of the younger": lambda handler, kind: handler.reconcile("team", "tls", kind),
    "of the namespace": lambda handler, _kind: handler.reconcile_namespace("app-1"),
    "of the mirror that is gone": lambda handler, kind: handler.reconcile_deletion(
        "app-1", "tls", kind
    ),
    "of time": lambda handler, _kind: handler.resync(),
}


@pytest.mark.parametrize("event", EVENTS)
def test_no_event_gives_a_free_place_to_a_source_that_does_not_come_first(
    workbench: Workbench, handler: Handler, kind: str, event: str
) -> None:
    """The older is first by its name, too, where both were made in one second."""
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    write_tenants(workbench, kind)
    handler.reconcile("team", "tls", kind)
    workbench.delete(kind, "app-1", "tls")

    EVENTS[event](handler, kind)

    assert values(workbench, ["app-1"], kind) in ([None], [b"platform"])


def test_both_owners_are_told_and_once(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str]
) -> None:
    handler.full_resync_interval = 3600
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    write_tenants(workbench, kind)

    report = handler.reconcile("team", "tls", kind)
    handler.resync()
    second = handler.resync()

    assert told_of(report) == {
        *(("team/tls", f"{name}/tls") for name in [*apps, "prod"]),
        ("prod/tls", "team/tls"),
    }
    assert [each for each in second.outcomes if not each.told] == []


def test_who_has_a_place_keeps_it_from_an_older_source_of_the_same_rank(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str]
) -> None:
    write_platforms(workbench, kind)
    write_tenants(workbench, kind)
    handler.limits = Limits(sources=Side(excluded=Globs.parse("prod")))
    handler.reconcile("team", "tls", kind)
    handler.limits = Limits()

    handler.reconcile("prod", "tls", kind)
    handler.resync()

    assert values(workbench, apps, kind) == [b"tenant"] * 5


@pytest.mark.parametrize("platform", ["", "team"])
def test_a_source_that_is_not_followed_keeps_no_place_from_one_that_is(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str], platform: str
) -> None:
    """The tenant's is older, and comes first by its rank where it has one."""
    write(workbench, "team/tls", "tenant", kind, EVERYWHERE | APPS)
    handler.limits = Limits(targets=Side(Globs.parse("nowhere")))
    handler.reconcile("team", "tls", kind)
    write(workbench, "prod/tls", "platform", kind, EVERYWHERE | APPS)
    handler.limits = Limits(
        sources=Side(excluded=Globs.parse("team")), platform=Globs.parse(platform)
    )

    for event in ("tick", "namespace", "source"):
        happen(handler, event, kind, apps)

        assert values(workbench, apps, kind) == [b"platform"] * 5
        for name in apps:
            workbench.delete(kind, name, "tls")


# Taking over.

BY_RANK = pytest.mark.parametrize(
    "limits",
    [PLATFORM, Limits(sources=Side(Globs.parse("prod")))],
    ids=["the platform's", "followed"],
)
TAKEN = pytest.mark.parametrize("event", ["source", "namespace", "tick"])


@pytest.fixture
def tenants(workbench: Workbench, handler: Handler, kind: str) -> Handler:
    """kn-mirror, with the tenant's mirrors in all apps."""
    write(workbench, "team/tls", "tenant", kind, EVERYWHERE | APPS)
    handler.reconcile("team", "tls", kind)
    return handler


def happen(handler: Handler, event: str, kind: str, apps: list[str]) -> None:
    if event == "source":
        handler.reconcile("prod", "tls", kind)
    elif event == "namespace":
        for name in apps:
            handler.reconcile_namespace(name)
    else:
        handler.resync()


@BY_RANK
@TAKEN
def test_the_platforms_source_takes_over_and_no_mirror_is_missing_meanwhile(
    workbench: Workbench, tenants: Handler, kind: str, limits: Limits, event: str
) -> None:
    apps = [f"app-{number}" for number in range(5)]
    write_platforms(workbench, kind)
    workbench.patch(kind, "prod", "tls", {"metadata": {"labels": {names.ROLE: "source"}}})
    tenants.limits = limits

    with tenants.requests() as asked:
        happen(tenants, event, kind, apps)

    assert values(workbench, apps, kind) == [b"platform"] * 5
    assert [each for each in asked if each.startswith("DELETE")] == []
    assert records(workbench, kind, apps[0])[names.SUCCEEDS] == "team/tls"


def test_what_was_taken_over_is_not_taken_back_and_its_owner_is_told(
    workbench: Workbench, tenants: Handler, kind: str, apps: list[str]
) -> None:
    tenants.limits = PLATFORM
    write_platforms(workbench, kind)
    tenants.reconcile("prod", "tls", kind)

    report = tenants.reconcile("team", "tls", kind)
    tenants.resync()

    assert values(workbench, [*apps, "prod"], kind) == [b"platform"] * 6
    assert told_of(report) >= {("team/tls", f"{name}/tls") for name in apps}


def test_a_mirror_of_the_platforms_is_inherited_by_nobody_else(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str]
) -> None:
    """Whoever may write a mirror may make a source of it."""
    handler.limits = PLATFORM
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    workbench.annotate(kind, "app-0", "tls", EVERYWHERE)
    handler.reconcile("app-0", "tls", kind)
    workbench.delete(kind, "prod", "tls")

    handler.reconcile_deletion("prod", "tls", kind)
    handler.reconcile("app-0", "tls", kind)
    handler.resync()

    assert values(workbench, ["prod", *apps[1:]], kind) == [None] * 5


# A source that goes, and comes back.


def end(workbench: Workbench, handler: Handler, kind: str, apps: list[str]) -> None:
    """Have the platform's source deleted, with all the events of that end, and others."""
    workbench.delete(kind, "prod", "tls")
    handler.reconcile_deletion("prod", "tls", kind)
    for name in ("prod", *apps):
        handler.reconcile_deletion(name, "tls", kind)
    handler.reconcile("team", "tls", kind)
    for name in ("prod", *apps):
        handler.reconcile_namespace(name)
    handler.resync()


@pytest.fixture
def mirrored(workbench: Workbench, handler: Handler, kind: str) -> Handler:
    """kn-mirror, with the platform's mirrors everywhere and the tenant's source beside it."""
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    write_tenants(workbench, kind)
    handler.reconcile("team", "tls", kind)
    return handler


def test_a_source_that_is_made_again_finds_all_its_places_empty(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """F4: the tenant's was in all of them, the source's own place too."""
    end(workbench, mirrored, kind, apps)

    assert values(workbench, ["prod", *apps], kind) == [None] * 6

    write_platforms(workbench, kind)
    mirrored.reconcile("prod", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"platform"] * 6


def test_a_source_that_is_made_again_gets_its_places_by_a_tick_too(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    end(workbench, mirrored, kind, apps)
    write_platforms(workbench, kind)

    mirrored.resync()

    assert values(workbench, ["prod", *apps], kind) == [b"platform"] * 6


def test_a_source_that_permits_nothing_for_a_while_finds_its_places_empty(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    workbench.annotate(kind, "prod", "tls", {names.ALLOWED: "false"})
    mirrored.reconcile("prod", "tls", kind)
    for name in apps:
        mirrored.reconcile_deletion(name, "tls", kind)
    mirrored.reconcile("team", "tls", kind)
    assert values(workbench, apps, kind) == [None] * 5

    workbench.annotate(kind, "prod", "tls", {names.ALLOWED: "true"})
    mirrored.reconcile("prod", "tls", kind)

    assert values(workbench, apps, kind) == [b"platform"] * 5


def test_a_tick_that_withdraws_mirrors_hands_nothing_over(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    workbench.delete(kind, "prod", "tls")

    mirrored.resync()

    assert values(workbench, ["prod", *apps], kind) == [None] * 6


def test_a_quarter_of_an_hour_later_a_tick_gives_the_places_to_who_wants_them(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    end(workbench, mirrored, kind, apps)
    later(mirrored, minutes=16)

    mirrored.resync()

    assert values(workbench, ["prod", *apps], kind) == [None, *[b"tenant"] * 5]


def test_a_day_later_the_sources_own_place_is_anybodys(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    end(workbench, mirrored, kind, apps)
    later(mirrored, hours=25)

    mirrored.resync()

    assert values(workbench, ["prod"], kind) == [b"tenant"]


def test_the_platforms_source_gets_a_place_that_is_kept_for_another(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str]
) -> None:
    handler.limits = PLATFORM
    write_tenants(workbench, kind)
    handler.reconcile("team", "tls", kind)
    workbench.delete(kind, "team", "tls")
    handler.reconcile_deletion("team", "tls", kind)
    write_platforms(workbench, kind)

    handler.reconcile("prod", "tls", kind)

    assert values(workbench, apps, kind) == [b"platform"] * 5


def test_of_what_was_moved_nothing_is_kept(
    workbench: Workbench, handler: Handler, kind: str, apps: list[str]
) -> None:
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    workbench.annotate(kind, "app-0", "tls", EVERYWHERE)
    workbench.delete(kind, "prod", "tls")

    handler.reconcile_deletion("prod", "tls", kind)
    handler.reconcile("app-0", "tls", kind)

    assert values(workbench, ["prod", *apps], kind) == [b"platform"] * 6


# What it costs.


def test_a_renewal_asks_neither_who_else_wants_its_places_nor_who_had_them(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    change = {"stringData": {"key": "two"}} if kind == "Secret" else {"data": {"key": "two"}}
    workbench.patch(kind, "prod", "tls", change)

    with handler.requests() as asked:
        handler.reconcile("prod", "tls", kind)

    reads = [each for each in asked if each.startswith("GET")]
    assert len(reads) <= 6
    assert not any("leases" in each for each in asked)


def test_a_mirror_that_is_made_again_costs_one_look_at_who_had_its_place(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)
    workbench.delete(kind, "app-0", "tls")

    with handler.requests() as asked:
        handler.reconcile_deletion("app-0", "tls", kind)

    assert values(workbench, ["app-0"], kind) == [b"platform"]
    assert [each for each in asked if "leases" in each] == [
        "GET /apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-ends"
    ]


# What somebody without any right writes on an object of their own.


def forge(workbench: Workbench, kind: str, path: str, source: str) -> None:
    """Write an object that says it is kn-mirror's mirror of another one."""
    record = {
        names.REFLECTS: source,
        names.AUTO_REFLECTS: "true",
        names.PLACE: f"{kind}/{path}",
    }
    write(workbench, path, "forged", kind, record)


def looked_at(handler: Handler, kind: str, path: str) -> None:
    """Handle the event of an object that was written."""
    namespace, name = path.split("/")
    handler.reconcile(namespace, name, kind)


@pytest.mark.parametrize("ghost", ["ghost/tls", "app-1/tls"], ids=["of nobody", "of a victim"])
@pytest.mark.parametrize("seen_by", ["its own event", "a tick"])
def test_a_forged_mirror_keeps_no_place_from_a_source(
    workbench: Workbench, handler: Handler, kind: str, ghost: str, seen_by: str
) -> None:
    """H1: for a quarter of an hour no source got a mirror of that name in any namespace."""
    forge(workbench, kind, "team/tls", ghost)
    handler.resync() if seen_by == "a tick" else looked_at(handler, kind, "team/tls")
    write_platforms(workbench, kind)

    handler.reconcile("prod", "tls", kind)
    handler.resync()

    apps = [f"app-{number}" for number in range(5)]
    assert values(workbench, ["team", *apps], kind) == [None, *[b"platform"] * 5]


def test_whatever_one_namespace_says_of_all_others_each_gets_its_mirror(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Each of them went without a mirror for a day, and for another as often as that was said."""
    apps = [f"app-{number}" for number in range(5)]
    for place in [*apps, *NEW]:
        for name in (f"{place}-{number}" for number in range(4)):
            forge(workbench, kind, f"team/{name}", f"{place}/tls")
    handler.resync()
    write_platforms(workbench, kind)
    handler.reconcile("prod", "tls", kind)

    for name in NEW:
        workbench.namespace(name)
        handler.reconcile_namespace(name)

    assert values(workbench, [*apps, *NEW], kind) == [b"platform"] * 9


def test_a_forged_mirror_costs_no_write_of_the_lease(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """M5."""
    forge(workbench, kind, "team/tls", "ghost/tls")

    with handler.requests() as asked:
        looked_at(handler, kind, "team/tls")

    assert [each for each in asked if "leases" in each and not each.startswith("GET")] == []
    assert values(workbench, ["team"], kind) == [None]


def test_mirrors_are_withdrawn_though_others_write_the_lease_all_the_time(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """M5: those of a Secret that was revoked stayed as long as somebody kept that up."""
    path = "/apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
    times = count()

    def write_lease(method: str, asked: str) -> None:
        if method != "GET" and "leases" in asked:
            noise = {"name": "kn-mirror-ends", "annotations": {"times": str(next(times))}}
            workbench.api.request("POST", path, {**lease, "metadata": noise})
            workbench.api.request(
                "PATCH",
                f"{path}/kn-mirror-ends",
                {"metadata": noise},
                content_type="application/merge-patch+json",
            )

    workbench.delete(kind, "prod", "tls")
    mirrored.transport.before = write_lease

    report = mirrored.reconcile_deletion("prod", "tls", kind)

    assert values(workbench, apps, kind) == [None] * 5
    assert any("is written by others" in each.because for each in report.outcomes)


def test_forged_mirrors_of_a_source_that_ends_have_none_of_its_places_forgotten(
    workbench: Workbench, mirrored: Handler, kind: str, apps: list[str]
) -> None:
    """H3: four names that sort first were noted instead of its own."""
    for name in "abcd":
        forge(workbench, kind, f"team/{name}", "prod/tls")
        label = {"metadata": {"labels": {names.ROLE: names.ROLE_MIRROR}}}
        workbench.patch(kind, "team", name, label)

    end(workbench, mirrored, kind, apps)

    assert values(workbench, ["prod", *apps], kind) == [None] * 6


def test_whoever_ends_a_source_again_and_again_is_first_only_where_it_was(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """H2: it was first everywhere."""
    write_platforms(workbench, kind)
    workbench.annotate(kind, "prod", "tls", {names.AUTO_NAMESPACES: "app-1|new-.*"})
    handler.reconcile("prod", "tls", kind)
    write(workbench, "team/tls", "tenant", kind, EVERYWHERE | {names.AUTO_NAMESPACES: "app-2"})
    handler.reconcile("team", "tls", kind)
    workbench.delete(kind, "team", "tls")
    handler.reconcile_deletion("team", "tls", kind)
    write_tenants(workbench, kind)
    for name in NEW:
        workbench.namespace(name)

    handler.reconcile("team", "tls", kind)
    handler.resync()

    assert values(workbench, ["app-1", "app-2", *NEW], kind) == [
        b"platform",
        b"tenant",
        *[b"platform"] * 4,
    ]


@pytest.fixture
def wide(workbench: Workbench, handler: Handler, kind: str) -> Handler:
    """kn-mirror, with the platform's mirrors in ten namespaces, and those of a tenant in nine."""
    where = {"prod": "ten-.*|new-.*", "team": "nine-.*|new-.*"}
    for name in [*(f"ten-{each}" for each in range(10)), *(f"nine-{each}" for each in range(9))]:
        workbench.namespace(name)
    for source, namespaces in where.items():
        rules = EVERYWHERE | {names.AUTO_NAMESPACES: namespaces}
        write(workbench, f"{source}/tls", source, kind, rules)
        handler.reconcile(source, "tls", kind)
    return handler


@pytest.mark.parametrize("is_back", [False, True], ids=["that is gone", "that is back"])
@pytest.mark.parametrize("event", ["of a namespace", "of a mirror that was deleted"])
def test_a_source_keeps_no_new_namespace_from_who_has_more_mirrors_elsewhere(
    workbench: Workbench, wide: Handler, kind: str, event: str, *, is_back: bool
) -> None:
    """Guards `Vacancies._count_mirrors`: the event shows none of them."""
    found = workbench.get(kind, "team", "tls")
    assert found is not None
    workbench.delete(kind, "team", "tls")
    wide.reconcile_deletion("team", "tls", kind)
    if is_back:
        rules = EVERYWHERE | {names.AUTO_NAMESPACES: "nine-.*|new-.*"}
        write(workbench, "team/tls", "team", kind, rules)
        wide.reconcile("team", "tls", kind)
    workbench.namespace("new-1")

    with wide.requests() as asked:
        if event == "of a namespace":
            wide.reconcile_namespace("new-1")
        else:
            wide.reconcile_deletion("new-1", "tls", kind)

    assert values(workbench, ["new-1"], kind) == [b"prod"]
    everywhere = [each for each in asked if each == f"GET /api/v1/{kind.lower()}s"]
    assert len(everywhere) <= 4


def test_a_place_that_is_kept_is_told(workbench: Workbench, mirrored: Handler, kind: str) -> None:
    workbench.delete(kind, "prod", "tls")
    mirrored.reconcile_deletion("prod", "tls", kind)

    report = mirrored.reconcile("team", "tls", kind)

    told = [each for each in report.outcomes if "kept for it" in each.because]
    assert [(each.source.path, str(each.source.kind)) for each in told] == [("team/tls", kind)]
    assert told[0].said
    assert "prod" not in told[0].said.because


def test_an_heir_of_some_mirrors_has_the_places_of_others_kept_all_the_same(
    workbench: Workbench, mirrored: Handler, kind: str
) -> None:
    """L8: an heir in one place gave all the others away."""
    narrow = EVERYWHERE | {names.AUTO_NAMESPACES: "app-1", names.ALLOWED_NAMESPACES: "app-1"}
    workbench.annotate(kind, "app-0", "tls", narrow)
    workbench.delete(kind, "prod", "tls")

    mirrored.reconcile_deletion("prod", "tls", kind)
    mirrored.reconcile("team", "tls", kind)

    assert values(workbench, ["app-1", "app-2", "app-3"], kind) == [b"platform", None, None]
