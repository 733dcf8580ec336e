"""A Certificate moves to another namespace, and its mirrors follow without a tick.

No function on-resync runs here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.ownership.records import RECORD
from tests.certmanager.certificates import Certificate
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certmanager.journals import Journal
    from tests.lab.clusters import Workbench

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]

NAMESPACE = "gateway"
TEAMS = [f"shop-{number}" for number in range(20)]


@pytest.fixture
def teams(workbench: Workbench) -> list[str]:
    """Twenty namespaces, and the one that the Certificate moves to."""
    for name in (NAMESPACE, *TEAMS):
        workbench.namespace(name)
    return TEAMS


@pytest.fixture
def former(certificate: Certificate, teams: list[str]) -> Certificate:
    """The Certificate where it was, mirrored."""
    certificate.issue()
    eventually(lambda: {NAMESPACE, *teams} <= certificate.mirrors.keys())
    return certificate


@pytest.fixture
def moved(former: Certificate, workbench: Workbench) -> Iterator[Certificate]:
    """The same where it goes, not asked for yet."""
    found = Certificate(workbench, former.name, namespace=NAMESPACE)
    yield found
    found.delete()
    eventually(found.delete_secret)


def follows(moved: Certificate, teams: list[str]) -> bool:
    """Whether every team has what the Certificate holds where it is now, and says so."""
    mirrors = moved.mirrors
    said = {mirrors[each]["metadata"]["annotations"].get(names.REFLECTS) for each in teams}
    is_same = all(moved.mirrored_to(each) == moved.held for each in teams)
    return is_same and said == {f"{NAMESPACE}/{moved.secret}"}


def test_its_mirrors_follow_when_it_is_issued_there_before_the_former_one_goes(
    former: Certificate, moved: Certificate, teams: list[str], journal: Journal
) -> None:
    moved.issue()
    eventually(lambda: names.REFLECTS not in moved.metadata["annotations"])
    former.delete()
    former.delete_secret()

    eventually(lambda: follows(moved, teams), within=60)

    assert set(journal.deletions(former)) == {former.namespace}


def test_its_mirrors_follow_when_the_former_one_ends_before_it_is_issued_there(
    former: Certificate, moved: Certificate, teams: list[str], journal: Journal
) -> None:
    """Its Secret stays, as cert-manager leaves it."""
    former.delete()
    moved.issue()
    former.delete_secret()

    eventually(lambda: follows(moved, teams), within=60)

    assert set(journal.deletions(former)) == {former.namespace}


def test_a_renewal_of_what_moved_reaches_every_mirror(
    former: Certificate, moved: Certificate, teams: list[str]
) -> None:
    former.delete()
    moved.issue()
    former.delete_secret()
    eventually(lambda: follows(moved, teams), within=60)

    renewed = moved.renew()

    eventually(lambda: all(moved.mirrored_to(each) == renewed for each in teams))
    assert moved.metadata["annotations"].keys().isdisjoint(RECORD)
