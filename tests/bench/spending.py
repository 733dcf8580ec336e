"""What handling an event took, and what the same takes without a function."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spent:
    """What a function took for an event, all deliveries together.

    Args:
        seconds: from the event sent to the answer.
        processor: seconds in which its process kept a processor busy.
        memory: the most that its process has held since it started, in megabytes.
        requests: to the API server.
    """

    seconds: float
    processor: float
    memory: float
    requests: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs in a cluster of some size.

    Args:
        activity: what was done; the same words at every size.
        namespaces: how many the cluster has.
        written: how many objects were written.
        ours: the medians of several rounds, and of memory the most.
        bare: seconds of the same requests by urllib3 alone; None where they were not sent.
        further_pages: how many of our requests only continued a list.
    """

    activity: str
    namespaces: int
    written: int
    ours: Spent
    bare: float | None = None
    further_pages: int = 0

    @property
    def beside_pages(self) -> int:
        """How many requests there were, those that continue a list left out."""
        return self.ours.requests - self.further_pages


def typical(rounds: Sequence[Spent]) -> Spent:
    """Return the median of several rounds; of what was held and asked, the most."""
    return Spent(
        seconds=median(each.seconds for each in rounds),
        processor=median(each.processor for each in rounds),
        memory=max(each.memory for each in rounds),
        requests=max(each.requests for each in rounds),
    )
