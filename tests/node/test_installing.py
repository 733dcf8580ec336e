"""What follows from `kubectl apply -k`, without any command more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.node.installations import Installation

    Report = Callable[[str, object], None]


def test_sources_that_were_annotated_before_are_found_within_a_minute(
    everything: Installation, record_property: Report
) -> None:
    """No tick comes to help: the test has put them off."""
    seconds = everything.first_mirror

    record_property("annotated before, mirrored after kubectl apply -k", f"{seconds} s")
    assert seconds is not None
    assert seconds <= 60
