"""What the README and the documents promise to explain."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirroring import names

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()
NAMES = sorted(
    {
        value
        for constant, value in vars(names).items()
        if constant.isupper() and "/" in value and value != names.REFLECTOR
    }
)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_explains_every_annotation_and_label(name: str) -> None:
    # Reflector's own are written there without the prefix that they share.
    cell = f"`{name.removeprefix(names.REFLECTOR)}` |"

    assert f"| {cell}" in README or f"| label {cell}" in README


@pytest.mark.parametrize("path", sorted(PROJECT.glob("functions/on_*.py")), ids=lambda p: p.stem)
def test_the_readme_says_what_every_function_does(path: Path) -> None:
    assert f"| `{path.stem}` |" in README


@pytest.mark.parametrize(
    "module",
    sorted(
        {path.stem for path in PROJECT.glob("shared/mirroring/[a-z]*") if path.name != "py.typed"}
    ),
)
def test_the_architecture_says_what_every_package_is(module: str) -> None:
    assert f"`{module}`" in (PROJECT / "docs" / "architecture.md").read_text()
