"""The story of a certificate, its events carried by Knative's own programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stories import story

if TYPE_CHECKING:
    from tests.clusters import Workbench
    from tests.dataplane.installations import Installation


def test_the_story_of_a_certificate_comes_true(
    workbench: Workbench, installation: Installation
) -> None:
    before = installation.delivered()

    story(workbench, resync=lambda: None)

    after = installation.delivered()
    woken = {name for name in after if after[name] > before[name]}
    assert woken == {"on-secret-update", "on-namespace-create", "on-delete-cleanup"}
