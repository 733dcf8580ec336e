"""Takes out of a virtual environment what no function loads.

    .venv/bin/python omissions.py

The Dockerfile runs it. A package's own list of its files (RECORD) goes along, so that what is
installed stays what its metadata say, and a damaged file can be told from one that was left out.
"""

from __future__ import annotations

import csv
import sys
from fnmatch import fnmatchcase
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

# Package → its files, where `*` spans folders.
OMITTED: Final = {"regex": ("regex/tests/*",)}

# Of the environment itself, for shells and for who installs into it.
_SCAFFOLDING: Final = (".gitignore", ".lock", "CACHEDIR.TAG", "bin/*.bat", "bin/activate*")


def omit(package: Distribution, patterns: tuple[str, ...]) -> None:
    """Remove the files of `package` that match, and every mention of them in its RECORD.

    Raises:
        LookupError: nothing matches a pattern: the package is newer than the list above.
    """
    files = [str(path) for path in package.files or ()]
    omitted: set[str] = set()
    for pattern in patterns:
        found = {path for path in files if fnmatchcase(path, pattern)}
        if not found:
            raise LookupError(f"{package.name} {package.version} has no {pattern}")
        omitted |= found
    for path in omitted:
        _remove(Path(str(package.locate_file(path))))
    [record] = [path for path in files if path.endswith(".dist-info/RECORD")]
    _strike(omitted, Path(str(package.locate_file(record))))


def _remove(source: Path) -> None:
    """Remove a file, its bytecode, and the folders that it leaves empty."""
    source.unlink()
    compiled = source.parent / "__pycache__"
    for bytecode in compiled.glob(f"{source.stem}.*.pyc"):
        bytecode.unlink()
    for folder in (compiled, *source.parents):
        if folder.is_dir():
            if any(folder.iterdir()):
                break
            folder.rmdir()


def _strike(omitted: set[str], record: Path) -> None:
    with record.open(newline="") as file:
        rows = [row for row in csv.reader(file) if row[0] not in omitted]
    with record.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    for name, left_out in OMITTED.items():
        omit(distribution(name), left_out)
    for pattern in _SCAFFOLDING:
        for path in Path(sys.prefix).glob(pattern):
            path.unlink()
