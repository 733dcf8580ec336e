"""The story of a certificate, played by functions that are at zero until an event comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mirroring import names
from tests.changes import ONE_LOOK
from tests.lab.waiting import eventually
from tests.stories import NAME, TEAMS, held, issue, pair, renew, story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]


def seconds_until(condition: Callable[[], bool]) -> str:
    """Wait for it, and say how long it took."""
    start = time.monotonic()
    eventually(condition, within=60)
    return f"{time.monotonic() - start:.2f} s"


def with_mirrors(installation: Installation) -> None:
    """Have 20 mirrors of a certificate, and the functions at zero."""
    bench = installation.workbench
    for name in ("cert-manager", *TEAMS):
        bench.namespace(name)
    issue(bench, 1)
    eventually(lambda: held(bench) == dict.fromkeys(TEAMS, pair(1)), within=60)
    installation.settle()


def test_functions_come_from_zero_to_play_the_story_and_go_back_to_zero(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    with installation.pods_made() as made:
        story(workbench, resync=lambda: None)

    installation.rest()
    record_property("functions at zero again after the story", f"{installation.await_zero():.1f} s")
    installation.settle()
    eventually(lambda: not installation.pods(), within=120)
    woken = {name.rpartition("-0000")[0] for name in made}
    assert woken >= {"on-secret-update", "on-namespace-create", "on-delete-cleanup"}


def test_a_certificate_that_is_issued_is_everywhere(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    for name in ("cert-manager", *TEAMS):
        workbench.namespace(name)
    installation.settle()

    issue(workbench, 1)

    seconds = seconds_until(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(1)))
    record_property("certificate issued, from zero to 20 mirrors", seconds)


def test_a_renewed_certificate_is_everywhere(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    with_mirrors(installation)

    renew(workbench, 2)

    seconds = seconds_until(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(2)))
    record_property("certificate renewed, from zero to 20 mirrors", seconds)


def test_a_permission_that_is_withdrawn_takes_the_mirrors_away(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    with_mirrors(installation)

    workbench.annotate("Secret", "cert-manager", NAME, {names.ALLOWED: None})

    seconds = seconds_until(lambda: not held(workbench))
    record_property("permission withdrawn, from zero to no mirror", seconds)


def test_a_mirror_that_somebody_edited_is_repaired(
    workbench: Workbench, installation: Installation, record_property: Report
) -> None:
    with_mirrors(installation)
    before = installation.delivered()

    workbench.patch("Secret", TEAMS[0], NAME, {"stringData": {"tls.key": "forged"}})

    seconds = seconds_until(lambda: held(workbench) == dict.fromkeys(TEAMS, pair(1)))
    installation.rest()
    after = installation.delivered()
    record_property("mirror edited, from zero until it was repaired", seconds)
    assert {name: after[name] - before[name] for name in after} == ONE_LOOK
