"""What is said of a cluster to measure in is what is in it."""

from __future__ import annotations

import re

import pytest

from mirroring import names
from tests.bench import crowds
from tests.bench.landscapes import GROUP, Landscape

SIZES = pytest.mark.parametrize("landscape", [Landscape(100), Landscape(1_000)])


def wanting(landscape: Landscape, annotations: dict[str, str]) -> int:
    """How many teams' namespaces a source spans, found by other means than the library's."""
    patterns = annotations.get(names.AUTO_NAMESPACES, "").split(",")
    group = annotations.get(names.AUTO_NAMESPACES_SELECTOR, "").removeprefix(f"{GROUP}=")
    bodies = [body["metadata"] for _, body in landscape.namespace_bodies()]
    teams = [each for each in bodies if each["name"].startswith("team-")]
    return sum(
        each["labels"][GROUP] == group or any(re.fullmatch(p, each["name"]) for p in patterns)
        for each in teams
    )


@SIZES
def test_there_are_as_many_namespaces_as_it_says(landscape: Landscape) -> None:
    assert len(set(landscape.teams())) == landscape.namespaces


@SIZES
def test_the_sources_want_as_many_mirrors_as_it_says(landscape: Landscape) -> None:
    sources = [body["metadata"]["annotations"] for _, body in landscape.source_bodies()]

    assert len(sources) == 100
    assert sum(wanting(landscape, each) for each in sources) == landscape.mirrors


@SIZES
def test_the_eight_sources_at_once_want_as_many_as_it_says(landscape: Landscape) -> None:
    sources = [annotations for _, annotations, _ in crowds.sources(landscape, b"")]

    assert sum(wanting(landscape, each) for each in sources) == crowds.wanted(landscape)
