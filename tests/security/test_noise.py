"""A tenant that is loud: what its events cost is counted, and others' cost what they did before."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest

from tests.conformance.clusters import auto
from tests.knative.people import Person
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import encode, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.security.functions import Functions

pytestmark = pytest.mark.controlplane

TEAMS: Final = [f"team-{number}" for number in range(6)]
LOUD: Final = path_of("Secret", "loud", "tls")


@pytest.fixture(scope="module")
def overlay() -> str:
    """Where a tenant may declare sources."""
    return "default"


class Loud:
    """A source that its owner never leaves alone; called by any number of threads."""

    def __init__(self, owner: Person) -> None:
        self._owner = owner
        self._turns = count()

    def relabel(self) -> None:
        """Change one label."""
        self._patch({"metadata": {"labels": {"turn": str(next(self._turns))}}})

    def renew(self) -> None:
        """Change the content."""
        self._patch({"data": {"key": encode(str(next(self._turns)))}})

    def _patch(self, change: object) -> None:
        self._owner.api.request("PATCH", LOUD, change, content_type=MERGE_PATCH)


@contextmanager
def before_each_request(handler: Handler, act: Callable[[], None]) -> Iterator[list[str]]:
    """Have somebody act before each request of an event; collect those."""
    asked: list[str] = []

    def step(method: str, path: str) -> None:
        asked.append(f"{method} {path}")
        act()

    handler.transport.before = step
    yield asked
    handler.transport.before = lambda _method, _path: None


@pytest.fixture
def loud(workbench: Workbench, functions: Functions) -> Loud:
    """A tenant's source in two namespaces, beside the platform's that is in all."""
    for name in ("platform", "loud", *TEAMS):
        workbench.namespace(name)
    workbench.secret("platform", "wild", {"key": "0"}, annotations=auto())
    only = auto(reflection_allowed_namespaces=",".join(TEAMS[:2]))
    workbench.secret("loud", "tls", {"key": "one"}, annotations=only)
    functions.tick()
    return Loud(Person(workbench, "loud"))


def renew(workbench: Workbench, key: str) -> None:
    workbench.patch("Secret", "platform", "wild", {"data": {"key": encode(key)}})


def test_a_source_that_is_renewed_before_each_request_of_its_event_ends_that_event(
    loud: Loud, functions: Functions
) -> None:
    """It is looked at ten times at most; the next delivery goes on."""
    with before_each_request(functions.on_secret_update, loud.renew) as asked:
        report = functions.written("Secret", "loud", "tls")

    assert asked.count("GET /api/v1/namespaces") <= 10
    assert len(asked) <= 10 * 8
    assert report.must_retry


def test_a_source_that_is_relabelled_before_each_request_is_looked_at_once(
    loud: Loud, functions: Functions
) -> None:
    with before_each_request(functions.on_secret_update, loud.relabel) as asked:
        functions.written("Secret", "loud", "tls")

    assert len(asked) <= 5


def test_others_renewals_cost_what_they_cost_without_it(
    workbench: Workbench, loud: Loud, functions: Functions
) -> None:
    handler = functions.on_secret_update
    renew(workbench, "1")
    with handler.requests() as alone:
        handler.reconcile("platform", "wild")

    renew(workbench, "2")
    with before_each_request(handler, loud.relabel) as beside:
        handler.reconcile("platform", "wild")

    assert sorted(beside) == sorted(alone)
    assert [workbench.data(team, "wild") for team in TEAMS] == [{"key": b"2"}] * len(TEAMS)


def test_a_source_that_is_relabelled_eighty_times_writes_no_mirror(
    loud: Loud, functions: Functions
) -> None:
    asked: list[str] = []
    for _ in range(80):
        loud.relabel()
        with functions.on_secret_update.requests() as of_the_event:
            functions.written("Secret", "loud", "tls")
        asked += of_the_event

    assert {each.partition(" ")[0] for each in asked} == {"GET"}
    assert len(asked) <= 80 * 5
