"""What stands still costs a tick nothing, and is told once.

Each on a cluster; a docstring names the line that it guards.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.errors import Forbidden
from mirroring.reporting.reports import Action
from tests.e2e.invariants import EVERYWHERE, TO_APPS, renew_source, values, write_source
from tests.lab.api import MERGE_PATCH

if TYPE_CHECKING:
    from mirroring.reporting.reports import Report
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

TEN = [f"app-{number}" for number in range(10)]
QUIET = [
    "GET /apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-resync",
    "GET /api/v1/namespaces",
    "GET /api/v1/secrets",
    "GET /api/v1/configmaps",
    "PATCH /apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-resync",
]
SOURCE = "GET /api/v1/namespaces/prod/secrets/tls"
# Whose the place of a mirror was that is made: read once an event.
ENDS = "GET /apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-ends"


@pytest.fixture(autouse=True)
def ticking(workbench: Workbench, handler: Handler) -> Handler:
    """A process that looks at everything once, and then at what has a label."""
    for name in ("kn-mirror", "prod", *TEN):
        workbench.namespace(name)
    handler.full_resync_interval = 3600
    return handler


def tick(handler: Handler) -> tuple[Report, list[str]]:
    """Let a tick come; return what it asked beyond what every tick asks, too."""
    with handler.requests() as asked:
        report = handler.resync()
    return report, [each for each in asked if each not in QUIET]


def forget(workbench: Workbench) -> None:
    """Let nothing be remembered but when everything was looked at."""
    path = QUIET[0].removeprefix("GET ")
    forgotten = {"metadata": {"annotations": {names.REMEMBERED: None}}}
    assert workbench.api.request("PATCH", path, forgotten, content_type=MERGE_PATCH)


def told(report: Report, action: Action) -> int:
    """Count what is told, and not for the second time."""
    return sum(each.action is action and not each.told for each in report.outcomes)


def test_the_lease_says_how_many_differences_the_last_resync_found(
    workbench: Workbench, handler: Handler
) -> None:
    def noted() -> str:
        lease = workbench.api.request("GET", QUIET[0].removeprefix("GET ")).body
        return str(lease["metadata"]["annotations"][names.DIFFERENCES])

    write_source(workbench, "one")
    handler.resync()
    handler.resync()
    none = noted()
    for name in TEN[:3]:
        workbench.delete("Secret", name, "tls")
    handler.resync()

    assert (none, noted()) == ("0", "3")


def test_conflicts_that_stand_cost_nothing_and_are_told_once(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `Op.CREATE` in `Memory.recall`: what is in the place has no label to be seen by."""
    write_source(workbench, "one")
    for name in TEN:
        workbench.secret(name, "tls", {"key": "theirs"})

    first, _ = tick(handler)
    second, asked = tick(handler)

    assert [told(each, Action.CONFLICT) for each in (first, second)] == [10, 0]
    assert second.counts()[Action.CONFLICT] == 10
    assert asked == []


def test_conflicts_that_stand_are_left_alone_when_another_mirror_is_made(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `Memory.recall` in the plan that is made when the source is read."""
    write_source(workbench, "one")
    for name in TEN[1:]:
        workbench.secret(name, "tls", {"key": "theirs"})
    tick(handler)
    workbench.delete("Secret", "app-0", "tls")

    report, asked = tick(handler)

    assert asked == [ENDS, SOURCE, "POST /api/v1/namespaces/app-0/secrets", SOURCE]
    assert told(report, Action.CONFLICT) == 0


def test_a_conflict_that_comes_between_ticks_is_told_once(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, "one")
    tick(handler)
    workbench.delete("Secret", "app-0", "tls")
    workbench.secret("app-0", "tls", {"key": "theirs"})

    reports = [tick(handler) for _ in range(3)]

    assert [told(report, Action.CONFLICT) for report, _ in reports] == [1, 0, 0]
    assert [asked for _, asked in reports[1:]] == [[], []]


def test_refused_pull_mirrors_cost_nothing_and_are_told_once(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `Op.REFUSE` in `Memory.recall`."""
    allowed = {names.ALLOWED: "true", names.ALLOWED_NAMESPACES: "nowhere"}
    workbench.secret("prod", "tls", {"key": "one"}, annotations=allowed)
    for name in TEN:
        workbench.secret(name, "mine", {}, annotations={names.REFLECTS: "prod/tls"})

    first, _ = tick(handler)
    second, asked = tick(handler)

    assert [told(each, Action.REFUSED) for each in (first, second)] == [10, 0]
    assert second.counts()[Action.REFUSED] == 10
    assert asked == []


@pytest.mark.parametrize(
    "mistake", [{names.AUTO_NAMESPACES: "*-db"}, {names.KEYS: "="}, {names.KEYS: "none"}]
)
def test_a_mistake_is_told_once_for_every_version_of_its_source(
    workbench: Workbench, handler: Handler, mistake: dict[str, str]
) -> None:
    """Guards `Memory.knows`."""
    workbench.secret("prod", "tls", {"key": "one"}, annotations=TO_APPS | mistake)
    tick(handler)
    workbench.annotate("Secret", "prod", "tls", {"example.com/a": "b"})

    reports = [tick(handler)[0] for _ in range(3)]

    assert [told(report, Action.FAILED) for report in reports] == [1, 0, 0]
    assert [report.counts()[Action.FAILED] for report in reports] == [1, 1, 1]


def test_a_source_of_which_a_label_alone_changed_is_read_and_no_mirror_is(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, "one")
    tick(handler)
    workbench.patch("Secret", "prod", "tls", {"metadata": {"labels": {"team": "shop"}}})

    report, asked = tick(handler)

    assert asked == [SOURCE]
    assert report.differences == 0


@pytest.mark.parametrize("labels", [{}, {names.EDITED: "true"}], ids=["plain", "labelled"])
def test_a_mirror_that_was_read_and_found_right_is_touched_once_and_not_read_again(
    workbench: Workbench, handler: Handler, labels: dict[str, str]
) -> None:
    """Guards `Manifest.touched`: without the Lease's memory, since the mirror itself says it."""
    write_source(workbench, "one")
    tick(handler)
    edited = {"metadata": {"labels": labels}}
    for value in ("other", "one"):
        workbench.patch("Secret", "app-0", "tls", {"stringData": {"key": value}, **edited})

    _, asked = tick(handler)
    forget(workbench)
    _, asked_then = tick(handler)

    mirror = "/api/v1/namespaces/app-0/secrets/tls"
    assert asked == [SOURCE, f"GET {mirror}", f"PATCH {mirror}"]
    assert asked_then == []


def test_labels_of_ten_sources_change_and_each_is_looked_at_once(
    workbench: Workbench, handler: Handler
) -> None:
    """As charts change them at each release. Guards `Memory.hash_of`."""
    sources = [f"tls-{number}" for number in range(10)]
    for name in sources:
        workbench.secret("prod", name, {"key": "one"}, annotations=TO_APPS)
    tick(handler)
    for name in sources:
        workbench.patch("Secret", "prod", name, {"metadata": {"labels": {"release": "2"}}})

    ticks = [tick(handler) for _ in range(3)]

    looks = sorted(f"GET /api/v1/namespaces/prod/secrets/{name}" for name in sources)
    assert [sorted(asked) for _, asked in ticks] == [looks, [], []]
    assert [report.differences for report, _ in ticks] == [0, 0, 0]


def test_a_source_whose_labels_changed_and_then_its_content_is_followed(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards the version in `Memory.hash_of`."""
    write_source(workbench, "one")
    tick(handler)
    workbench.patch("Secret", "prod", "tls", {"metadata": {"labels": {"release": "2"}}})
    tick(handler)
    renew_source(workbench, "two")

    tick(handler)

    assert values(workbench, TEN) == [b"two"] * 10


def test_a_mirror_that_was_found_right_is_read_again_when_it_was_written_again(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards the versions in what is remembered."""
    write_source(workbench, "one")
    tick(handler)
    for value in ("other", "one"):
        workbench.patch("Secret", "app-0", "tls", {"stringData": {"key": value}})
    tick(handler)
    workbench.patch("Secret", "app-0", "tls", {"stringData": {"key": "other"}})

    tick(handler)

    assert values(workbench, TEN) == [b"one"] * 10


def test_a_place_that_becomes_free_is_filled_by_the_next_look_at_everything(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `sees_all` in `Memory.recall`; that a foreign object goes no event tells."""
    workbench.secret("prod", "tls", {"key": "one"}, annotations=EVERYWHERE)
    workbench.secret("app-0", "tls", {"key": "theirs"})
    tick(handler)
    workbench.delete("Secret", "app-0", "tls")

    _, asked = tick(handler)
    between = workbench.data("app-0", "tls")
    handler.full_resync_interval = 0
    tick(handler)

    assert asked == []
    assert between is None
    assert workbench.data("app-0", "tls") == {"key": b"one"}


def test_a_source_that_changes_is_not_kept_from_a_place_that_became_free(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards the source's version in what is remembered."""
    workbench.secret("prod", "tls", {"key": "one"}, annotations=EVERYWHERE)
    workbench.secret("app-0", "tls", {"key": "theirs"})
    tick(handler)
    workbench.delete("Secret", "app-0", "tls")
    workbench.patch("Secret", "prod", "tls", {"stringData": {"key": "two"}})

    tick(handler)

    assert workbench.data("app-0", "tls") == {"key": b"two"}


def test_namespaces_are_read_beside_what_has_a_label(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `Mirroring._read_ahead`: of a large cluster they take half as long as the mirrors."""
    write_source(workbench, "one")
    asked, together = Event(), []

    def wait(_: str, path: str) -> None:
        if path.endswith("/secrets"):
            asked.set()
        elif path == "/api/v1/namespaces":
            together.append(asked.wait(10))

    handler.transport.before = wait
    handler.resync()

    assert together == [True]
    assert values(workbench, TEN) == [b"one"] * 10


@pytest.mark.parametrize("path", ["/api/v1/namespaces", "/api/v1/secrets", "/api/v1/configmaps"])
def test_a_tick_that_cannot_read_a_list_says_so(
    workbench: Workbench, handler: Handler, path: str
) -> None:
    write_source(workbench, "one")
    tick(handler)

    def fail(_: str, asked: str) -> None:
        if asked == path:
            raise Forbidden(f"list {path}: not permitted")

    handler.transport.before = fail

    with pytest.raises(Forbidden, match=path):
        handler.resync()
