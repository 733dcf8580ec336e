from __future__ import annotations

from importlib.metadata import Distribution
from typing import TYPE_CHECKING

import pytest

from image.omissions import omit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a package of two parts, compiled."""
    files = [
        *("pack/__init__.py", "pack/__pycache__/__init__.cpython-313.pyc"),
        *("pack/huge/__init__.py", "pack/huge/__pycache__/__init__.cpython-313.pyc"),
        *("pack/huge/more/one.py", "pack/huge/more/__pycache__/one.cpython-313.pyc"),
    ]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    metadata = tmp_path / "pack-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pack\nVersion: 1.0\n")
    (metadata / "RECORD").write_text(
        "pack/__init__.py,sha256=abc,0\n"
        '"pack/huge/__init__.py",sha256=abc,0\n'
        "pack/huge/more/one.py,sha256=abc,0\n"
        "pack-1.0.dist-info/METADATA,sha256=abc,49\n"
        "pack-1.0.dist-info/RECORD,,\n"
    )
    return tmp_path


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_is_left_out_goes_with_its_bytecode_and_its_empty_folders(site: Path) -> None:
    omit(Distribution.at(site / "pack-1.0.dist-info"), ("pack/huge/*",))

    assert files_of(site / "pack") == {"__init__.py", "__pycache__/__init__.cpython-313.pyc"}
    assert not (site / "pack" / "huge").exists()


def test_a_package_lists_what_is_there_and_nothing_else(site: Path) -> None:
    omit(Distribution.at(site / "pack-1.0.dist-info"), ("pack/huge/*",))

    record = (site / "pack-1.0.dist-info" / "RECORD").read_text().splitlines()
    assert record == [
        "pack/__init__.py,sha256=abc,0",
        "pack-1.0.dist-info/METADATA,sha256=abc,49",
        "pack-1.0.dist-info/RECORD,,",
    ]


def test_a_list_that_is_older_than_the_package_fails_the_build(site: Path) -> None:
    before = files_of(site)

    with pytest.raises(LookupError, match=r"pack 1\.0 has no pack/tests/\*"):
        omit(Distribution.at(site / "pack-1.0.dist-info"), ("pack/huge/*", "pack/tests/*"))

    assert files_of(site) == before
