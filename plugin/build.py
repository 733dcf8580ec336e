"""`python -m plugin.build DIST`: a wheel, a zipapp, and what krew wants, of `kubectl mirror`.

`make dist` runs it. Packages are those that uv.lock names, by their hashes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

from plugin import krew
from plugin.zipapps import MACHINES, PYTHONS, zipapp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plugin.zipapps import Machine

ROOT: Final = Path(__file__).parents[1]
_UV: Final = Path(sys.executable).with_name("uv")
_ZIPAPP: Final = "kubectl-mirror.pyz"

_Trees = dict[str, Sequence[Path]]


def build(
    dist: Path, machines: Sequence[Machine] = MACHINES, pythons: Sequence[str] = PYTHONS
) -> None:
    """Build all of it, for machines and Pythons.

    Raises:
        CalledProcessError: uv cannot; it has said why.
    """
    dist.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(dist)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trees = {each: _trees(folder, wheel, each, pythons) for each in machines}
        together = {name: tree for each in trees.values() for name, tree in each.items()}
        _zipapp(dist / _ZIPAPP, together)
        archives = {each: _archive(dist, folder, each, trees[each]) for each in machines}
    version = wheel.name.split("-")[1]
    (dist / f"{krew.NAME}.yaml").write_text(krew.manifest(version, archives))


def build_wheel(dist: Path) -> Path:
    """Build the wheel; return where it is."""
    before = {*dist.glob("*.whl")}
    for each in before:
        each.unlink()
    _uv("build", "--wheel", "--no-create-gitignore", "--out-dir", str(dist), str(ROOT / "shared"))
    [wheel] = dist.glob("*.whl")
    return wheel


def _trees(folder: Path, wheel: Path, machine: Machine, pythons: Iterable[str]) -> _Trees:
    own = folder / "own"
    if not own.exists():
        with ZipFile(wheel) as packed:
            packed.extractall(own)
    packages = folder / "packages.txt"
    _uv("export", "--frozen", "--only-group", "plugin", "--output-file", str(packages))
    trees: _Trees = {}
    for python in pythons:
        target = folder / machine.name_of(python)
        _install(target, packages, machine, python)
        trees[machine.name_of(python)] = [own, target]
    return trees


def _install(target: Path, packages: Path, machine: Machine, python: str) -> None:
    where = ("--target", str(target), "--python-platform", machine.target)
    what = ("--requirements", str(packages), "--no-deps", "--require-hashes", "--only-binary=:all:")
    how = ("--python-version", python, "--no-compile-bytecode", "--link-mode=copy")
    _uv("pip", "install", *where, *what, *how)


def _zipapp(file: Path, trees: Mapping[str, Sequence[Path]]) -> None:
    first = {
        "__main__.py": ROOT / "plugin" / "starting.py",
        "plugin/__init__.py": ROOT / "plugin" / "__init__.py",
        "plugin/unpacking.py": ROOT / "plugin" / "unpacking.py",
        "LICENSE": ROOT / "LICENSE",
    }
    zipapp(file, first, trees)


def _archive(
    dist: Path, folder: Path, machine: Machine, trees: Mapping[str, Sequence[Path]]
) -> Path:
    program = folder / krew.BINARY
    _zipapp(program, trees)
    file = dist / krew.archive_name(machine)
    krew.write_archive(file, {krew.BINARY: program, "LICENSE": ROOT / "LICENSE"})
    return file


def _uv(*arguments: str) -> None:
    subprocess.run([_UV, "--quiet", *arguments], check=True, cwd=ROOT)  # noqa: S603 (our own)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
