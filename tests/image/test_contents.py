"""What is in the image, and what is not."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.image.building import BASE, PROJECT
from tests.lab.programs.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.containers.images import Image

pytestmark = pytest.mark.image

GOAL = 150_000_000


def named(image: Image, path: Path) -> str:
    return str(path.relative_to(image.root))


def pinned(name: str, version: str) -> str:
    """Write a package as the lock does, however it spells itself."""
    return f"{re.sub('[-_.]+', '-', name).lower()}=={version}"


def test_it_is_small(image: Image, record_property: Callable[[str, object], None]) -> None:
    base, *own = (layer.size for layer in image.layers)
    record_property("base of the image, unpacked", f"{base / 1e6:.1f} MB")
    record_property("what is added to it", f"{sum(own) / 1e6:.1f} MB")

    assert base + sum(own) <= GOAL


def test_the_documentation_states_its_size(image: Image) -> None:
    stated = re.findall(
        r"^\|.*\| (\d+) MB \|$", (PROJECT / "docs" / "image.md").read_text(), re.MULTILINE
    )

    base, *own = (layer.size / 1e6 for layer in image.layers)
    assert int(stated[0]) == pytest.approx(base, abs=3)
    assert sum(map(int, stated[1:])) == pytest.approx(sum(own), abs=3)


def test_only_root_could_write_to_its_files(image: Image) -> None:
    def is_open(path: Path) -> bool:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or stat.S_ISCHR(mode) or mode & stat.S_ISVTX:
            return False
        return path.lstat().st_uid != 0 or bool(mode & (stat.S_IWGRP | stat.S_IWOTH))

    assert [named(image, path) for path in image.paths if is_open(path)] == []


def test_none_of_its_programs_gains_rights(image: Image) -> None:
    gaining = stat.S_ISUID | stat.S_ISGID

    assert [
        named(image, path)
        for path in image.paths
        if stat.S_ISREG(mode := path.lstat().st_mode) and mode & gaining
    ] == []


def test_its_only_programs_are_python_and_what_packages_bring(image: Image) -> None:
    places = ("app/.venv/bin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")
    programs = {path.name for place in places for path in (image.root / place).glob("*")}
    of_packages = {script.name for each in image.distributions for script in each.entry_points}

    assert {name for name in programs - of_packages if not name.startswith("python3")} == {"python"}


@pytest.mark.parametrize("package", ["pip", "setuptools", "uv", "pytest", "sandbox", "tests"])
def test_it_cannot_install_compile_or_test(image: Image, package: str) -> None:
    found = {path.name.partition("-")[0] for path in image.packages.iterdir()}

    assert package not in found | {path.name for path in (image.root / "app").rglob("*")}


def test_what_is_added_to_the_base_has_no_tests(image: Image) -> None:
    added = [name for layer in image.layers[1:] for name in layer.names]

    assert [name for name in added if re.search(r"(^|/)tests?/|_test\.py$", name)] == []


def test_every_package_is_whole_but_for_what_its_metadata_leave_out(image: Image) -> None:
    """A scanner, or a person, finds what is listed, unchanged, and nothing that is not."""
    listed: dict[Path, str] = {}
    for each in image.distributions:
        rows = csv.reader((each.read_text("RECORD") or "").splitlines())
        listed |= {(image.packages / path).resolve(): digest for path, digest, _ in rows}
    there = {path for path in image.packages.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    assert there - listed.keys() == set()
    assert {path for path, digest in listed.items() if digest not in ("", digest_of(path))} == set()


def digest_of(path: Path) -> str:
    raw = hashlib.sha256(path.read_bytes()).digest()
    return f"sha256={base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def test_it_has_the_locked_packages(image: Image) -> None:
    uv = Path(sys.executable).with_name("uv")
    flags = ("--frozen", "--no-dev", "--no-hashes", "--no-header", "--no-annotate")
    locked = subprocess.check_output([uv, "export", *flags], cwd=PROJECT, text=True)  # noqa: S603 (no input from outside)

    assert {pinned(each.name, each.version) for each in image.distributions} == {*locked.split()}


def test_it_keeps_nothing_of_where_it_was_built(image: Image) -> None:
    """Neither places of the machine nor what that lent to the build."""
    added = [image.root / name for layer in image.layers[1:] for name in layer.names]
    texts = {str(path): path.read_bytes() for path in added if path.is_file()}
    temporary = Path(tempfile.gettempdir(), "kn-mirror-")
    places = [str(place).encode() for place in (PROJECT, cache_folder(), temporary)]

    assert [path for path, text in texts.items() if any(place in text for place in places)] == []
    assert [name for name in texts if name.endswith(("ca-certificates.crt", "uv.toml"))] == []
    assert not any(place in json.dumps(image.description).encode() for place in places)


@pytest.mark.parametrize("folder", ["root", "run", "tmp"])
def test_a_folder_that_programs_leave_things_in_is_empty(image: Image, folder: str) -> None:
    assert list((image.root / folder).iterdir()) == []


LABELS = {
    "title": "kn-mirror",
    "description": "Mirrors Secrets and ConfigMaps across .*",
    "version": r"\d+\.\d+\.\d+",
    "revision": "[0-9a-f]{40}",
    "created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "licenses": "Apache-2.0",
    "source": "https://.*/kn-mirror",
    "base.name": BASE,
}


@pytest.mark.parametrize("label", LABELS)
def test_it_says_what_it_is(image: Image, label: str) -> None:
    said = image.config["Labels"][f"org.opencontainers.image.{label}"]

    assert re.fullmatch(LABELS[label], said)


def test_it_says_by_number_that_its_user_is_not_root(image: Image) -> None:
    """Kubernetes' `runAsNonRoot` does not look up names."""
    assert image.config["User"] == "65532:65532"
