from __future__ import annotations

import re
import tomllib

import pytest

from tests.image.building import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text()


def default(argument: str) -> str:
    found = re.search(rf"^ARG {argument}=(.*)$", DOCKERFILE, re.MULTILINE)
    assert found
    return found[1]


def test_the_uv_that_installs_is_the_locked_one() -> None:
    locked = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    [version] = [package["version"] for package in locked if package["name"] == "uv"]

    assert f"\n# ghcr.io/astral-sh/uv:{version}\nARG UV=" in DOCKERFILE


@pytest.mark.parametrize("label", ["title", "description", "licenses"])
def test_labels_say_what_the_project_says_of_itself(label: str) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    said = {
        "title": project["name"],
        "description": project["description"],
        "licenses": project["license"],
    }

    assert f'org.opencontainers.image.{label}="{said[label]}"' in DOCKERFILE


def test_an_image_built_by_hand_has_the_projects_version() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]

    assert default("VERSION") == project["version"]
