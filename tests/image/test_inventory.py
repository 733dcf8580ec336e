"""The list of what is in the image, by CycloneDX, against what is there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.building import write_inventory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.containers.images import Image

pytestmark = pytest.mark.image


@pytest.fixture
def inventory(image: Image) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((image.root / "app" / "kn-mirror.cdx.json").read_text())
    return found


def normalized(name: str) -> str:
    """Write a package's name as package indexes do."""
    return re.sub("[-_.]+", "-", name).lower()


def test_it_names_the_packages_that_are_there(image: Image, inventory: dict[str, Any]) -> None:
    listed = [each["purl"] for each in inventory["components"]]

    assert sorted(listed) == sorted(
        f"pkg:pypi/{normalized(each.name)}@{each.version}" for each in image.distributions
    )


def test_it_says_under_which_licence_each_of_them_is(inventory: dict[str, Any]) -> None:
    assert [each["name"] for each in inventory["components"] if not each.get("licenses")] == []


def test_it_is_about_kn_mirror(image: Image, inventory: dict[str, Any]) -> None:
    subject = inventory["metadata"]["component"]

    assert subject["name"] == image.config["Labels"]["org.opencontainers.image.title"]
    assert subject["version"] == image.config["Labels"]["org.opencontainers.image.version"]


def test_make_writes_the_one_that_is_in_the_image(image: Image, tmp_path: Path) -> None:
    write_inventory(tmp_path)

    in_image = image.root / "app" / "kn-mirror.cdx.json"
    assert (tmp_path / in_image.name).read_text() == in_image.read_text()
