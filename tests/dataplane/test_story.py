"""The story of a certificate, its events carried by Knative's own programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stories import story

if TYPE_CHECKING:
    from tests.dataplane.installations import Installation
    from tests.lab.clusters import Workbench


def test_the_story_of_a_certificate_comes_true(
    workbench: Workbench, installation: Installation
) -> None:
    before = installation.delivered()

    story(workbench, resync=lambda: None)

    after = installation.delivered()
    woken = {name for name in after if after[name] > before[name]}
    assert woken == {"on-secret-update", "on-namespace-create", "on-delete-cleanup"}


@pytest.mark.parametrize("everything", ["drop-in"], indirect=True)
def test_it_comes_true_where_every_secret_and_config_map_is_watched(
    workbench: Workbench, installation: Installation
) -> None:
    """As on an API server that labels nothing: the function that first sees a source does."""
    story(workbench, resync=lambda: None)

    adapters = {"mirror-sources", "namespaces", "adapters"}
    assert installation.adapters.keys() == adapters
