"""Who can send events: any pod, by all that leads to a function.

Network policies are not tried here: the node's network plugin heeds none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cloud_events import PING, about
from tests.node.strangers import eventing, serving, statuses, stranger, together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation


@pytest.fixture
def outside(workbench: Workbench) -> Iterator[Workbench]:
    """Have a namespace that has nothing to do with kn-mirror."""
    with stranger(workbench) as found:
        yield found


def test_any_pod_can_send_events_by_all_that_leads_to_a_function(
    installation: Installation, outside: Workbench
) -> None:
    """As docs/rights.md says. What they ask is looked up, and was in order."""
    told = len(installation.audit("on-resync"))

    letters = eventing(outside) | serving(outside, together(*[PING] * 64))
    answers = statuses(outside, "asks", letters)

    assert all(200 <= status < 300 for status in answers.values()), answers
    installation.rest()
    lines = installation.audit("on-resync", after=told)
    assert {line["differences"] for line in lines} == {0, None}
    assert sum(line["decision"] == "gathered" for line in lines) >= 2 * 63


def test_more_events_than_are_taken_are_refused_to_any_pod(
    installation: Installation, outside: Workbench
) -> None:
    many = together(*[about("Secret", "prod", f"no-such-{each}") for each in range(65)])

    answers = statuses(outside, "asks-much", serving(outside, many, "on-secret-update"))

    assert answers == {"gateway": 413, "activator": 413}
    assert installation.audit("on-secret-update")[-1]["api_calls"] == 0
