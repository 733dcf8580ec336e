"""What follows from applying one file, as Flux does, without any command more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.knative.installations import AS_FLUX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.node.installations import Installation

    Report = Callable[[str, object], None]


def test_sources_that_were_annotated_before_are_found_within_a_minute(
    everything: Installation, record_property: Report
) -> None:
    """No tick comes to help: the test has put them off."""
    seconds = everything.first_mirror

    record_property("annotated before, mirrored after kubectl apply", f"{seconds} s")
    assert seconds is not None
    assert seconds <= 60


def test_nothing_of_it_drifts(everything: Installation, tmp_path: Path) -> None:
    """What the cluster has made of it is no difference that would be put right at each interval.

    But for the ticks, which the test has put off.
    """
    objects = yaml.safe_load_all(everything.release.read_text())
    compared = tmp_path / "compared.yaml"
    compared.write_text(yaml.safe_dump_all(e for e in objects if e["kind"] != "PingSource"))

    differences = everything.machine.kubectl("diff", *AS_FLUX, "-f", str(compared))

    assert differences == ""
