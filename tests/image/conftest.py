"""The image of this checkout, the same for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import pods
from tests.image.building import image_archive, image_name
from tests.lab.containers.images import Image, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the image before the first test, whose time limit would not suffice."""
    needed = any(item.get_closest_marker("image") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            image_archive()


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """Take the image apart."""
    with unpacked(image_archive(), image_name()) as found:
        yield found


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[pods.Pod]:
    """Give a function its account, and a sandbox of the test's own."""
    with pods.running(tmp_path) as found:
        yield found
