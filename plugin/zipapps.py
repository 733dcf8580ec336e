"""Zipapps: `kubectl mirror` in one file, with what it needs for several Pythons and machines."""

from __future__ import annotations

import json
import stat
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
SHEBANG: Final = b"#!/usr/bin/env python3\n"

# The earliest that a zip can say, so that what is built twice is the same.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
# Of packages, what no command loads: tests, types, what installers note, and libyaml, 2.6 MB, for
# kubeconfigs that are read without it as well.
_LEFT_OUT: Final = ("regex/tests/*", "yaml/_yaml*.so", "_yaml/*", "*.pyi", "*.typed", ".lock")
_OF_INSTALLERS: Final = ("INSTALLER", "RECORD", "REQUESTED", "WHEEL", "direct_url.json")


class Machine(NamedTuple):
    """A kind of machine.

    Args:
        os: as Go, and so krew, calls it.
        arch: likewise.
        target: as uv calls both.
        suffix: as CPython names itself on it, in full after its version.
    """

    os: str
    arch: str
    target: str
    suffix: str

    def name_of(self, python: str) -> str:
        """Name a Python on it as the bootstrap does."""
        return f"cpython-{python.replace('.', '')}-{self.suffix}"


MACHINES: Final = (
    Machine("linux", "amd64", "x86_64-manylinux2014", "x86_64-linux-gnu"),
    Machine("linux", "arm64", "aarch64-manylinux2014", "aarch64-linux-gnu"),
    Machine("darwin", "amd64", "x86_64-apple-darwin", "darwin-x86_64"),
    Machine("darwin", "arm64", "aarch64-apple-darwin", "darwin-arm64"),
)


def zipapp(file: Path, first: Mapping[str, Path], trees: Mapping[str, Sequence[Path]]) -> None:
    """Write a zipapp that anybody may run.

    Args:
        file: where.
        first: the files that are not in a tree, by their paths in it.
        trees: by the names of Pythons, the folders whose files each needs.
    """
    contents: dict[str, bytes] = {}
    listed: dict[str, bytes] = {"trees/index.json": _json(sorted(trees))}
    for name, folders in trees.items():
        found = dict(_files(folders))
        digests = {path: sha256(content).hexdigest() for path, content in found.items()}
        contents |= {f"files/{digests[path]}": content for path, content in found.items()}
        listed[f"trees/{name}.json"] = _json(digests)
    listed |= {path: source.read_bytes() for path, source in first.items()}
    with file.open("wb") as raw:
        raw.write(SHEBANG)
        with ZipFile(raw, "w", ZIP_DEFLATED, compresslevel=9) as packed:
            for path, content in (listed | dict(sorted(contents.items()))).items():
                packed.writestr(_entry(path), content)
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            path = file.relative_to(folder)
            if file.is_file() and _is_needed(path):
                yield path.as_posix(), file.read_bytes()


def _is_needed(path: Path) -> bool:
    if path.name in _OF_INSTALLERS and path.parent.name.endswith(".dist-info"):
        return False
    return not any(path.match(each) for each in _LEFT_OUT)


def _entry(path: str) -> ZipInfo:
    entry = ZipInfo(path, _TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
