"""How `kubectl mirror` gets to people: a wheel, one file, and krew's manifest with its archives."""

from __future__ import annotations

import json
import os
import stat
import sys
import tarfile
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
import yaml

from kubectl_mirror.commands import COMMANDS
from plugin import krew
from plugin.build import ROOT
from plugin.starting import OLDEST
from plugin.unpacking import FOLDER, Packed, UnfitError, _unpacked, cache, platform, ready
from plugin.zipapps import MACHINES, PYTHONS
from tests.cli.distributions import PYTHON, Distribution, Installed, this_machine
from tests.lab.programs import built
from tests.lab.programs.catalogue import krew as krew_program

KREW, VALIDATOR = krew_program("krew"), krew_program("validate-krew-manifest")
OURS: Final = {"kubectl_mirror", "mirroring"}


@pytest.fixture
def installed(distribution: Distribution, tmp_path: Path) -> Installed:
    """The programs, in a home that knows nothing of them yet."""
    return Installed.put(distribution, tmp_path / "home")


def trees_of(home: Path) -> list[Path]:
    return sorted((home / ".cache" / FOLDER).iterdir())


def project(file: Path) -> Any:
    return tomllib.loads(file.read_text())


def test_a_package_has_the_version_and_the_needs_that_are_locked_and_tested() -> None:
    package, root = project(ROOT / "shared" / "pyproject.toml"), project(ROOT / "pyproject.toml")

    assert package["project"]["version"] == root["project"]["version"]
    assert package["project"]["requires-python"] == root["project"]["requires-python"]
    assert package["project"]["dependencies"] == root["dependency-groups"]["plugin"]


def test_a_wheel_has_the_commands_and_nothing_that_receives_events(
    distribution: Distribution,
) -> None:
    with ZipFile(distribution.wheel) as packed:
        files = packed.namelist()
        entries = packed.read(next(each for each in files if each.endswith("entry_points.txt")))

    folders = {each.partition("/")[0] for each in files}
    assert {each for each in folders if not each.endswith(".dist-info")} == OURS
    assert not [each for each in files if each.startswith("mirroring/serving/") and each[-1] != "/"]
    assert any(each.endswith("licenses/LICENSE") for each in files)
    for name in ("kubectl-mirror", "kn-mirror", "kubectl_complete-mirror"):
        assert f"{name} = kubectl_mirror.programs:main".encode() in entries


def test_what_is_built_twice_is_the_same(distribution: Distribution, tmp_path: Path) -> None:
    again = Distribution.built(tmp_path)

    for each in ("wheel", "zipapp", "archive", "manifest"):
        assert getattr(again, each).read_bytes() == getattr(distribution, each).read_bytes(), each


def test_no_command_imports_more_than_a_wheel_asks_for(installed: Installed) -> None:
    for command in COMMANDS:
        done = installed.run("kubectl-mirror", command, "--help")

        assert (done.returncode, done.stderr) == (0, "")


def test_the_first_start_unpacks_and_the_next_ones_find_it(installed: Installed) -> None:
    first = installed.run("kubectl-mirror", "--help")
    [tree] = trees_of(installed.folder)
    made = tree.stat()
    second = installed.run("kubectl-mirror", "--help")

    assert first.stdout == second.stdout
    assert first.stdout.startswith("Usage: kubectl mirror ")
    assert trees_of(installed.folder) == [tree]
    assert tree.stat().st_ino == made.st_ino
    assert stat.S_IMODE(made.st_mode) == stat.S_IMODE(tree.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["msgspec/__init__.py", "kubectl_mirror/__init__.py"])
def test_what_was_changed_in_the_cache_is_not_loaded(installed: Installed, name: str) -> None:
    installed.run("kubectl-mirror", "--help")
    [tree] = trees_of(installed.folder)
    (tree / name).write_text("raise SystemExit('changed')")

    done = installed.run("kubectl-mirror", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "changed" not in (trees_of(installed.folder)[0] / name).read_text()


@pytest.mark.parametrize("which", ["the cache", "the tree"])
def test_what_others_can_write_in_is_not_loaded_from(installed: Installed, which: str) -> None:
    installed.run("kubectl-mirror", "--help")
    [tree] = trees_of(installed.folder)
    opened = tree.parent if which == "the cache" else tree
    opened.chmod(0o777)
    # Stands before Python's own, and is in no list of what was packed.
    (tree / "uuid.py").write_text("raise SystemExit('not ours')")

    done = installed.run("kubectl-mirror", "--help")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def foreign(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is somebody else's, as that of who becomes root by sudo and keeps it."""
    if os.getuid() == 0:
        os.chown(installed.folder, 65534, 65534)
    else:
        other = os.getuid() + 1
        monkeypatch.setattr("plugin.unpacking.os.getuid", lambda: other)
    return installed.folder


def test_in_the_home_of_another_nothing_is_left(distribution: Distribution, foreign: Path) -> None:
    packed = Packed(str(distribution.zipapp))

    folder = ready(packed, packed.tree(platform()), foreign / ".cache" / FOLDER)

    assert (folder / "kubectl_mirror").is_dir()
    assert not folder.is_relative_to(foreign)
    assert not (foreign / ".cache").exists()


def test_what_is_in_the_home_of_another_is_not_loaded(
    distribution: Distribution, foreign: Path
) -> None:
    """Who owns a folder above it puts something else in its place, once it was looked at."""
    packed, where = Packed(str(distribution.zipapp)), foreign / ".cache" / FOLDER
    tree = packed.tree(platform())
    where.mkdir(mode=0o700, parents=True)
    _unpacked(packed, json.loads(tree), where).rename(where / sha256(tree).hexdigest())

    assert not ready(packed, tree, where).is_relative_to(foreign)


@pytest.mark.parametrize(("mode", "is_taken"), [(0o755, True), (0o777, False), (0o1777, True)])
def test_a_cache_is_below_nothing_that_others_may_rename_in(
    distribution: Distribution, tmp_path: Path, mode: int, *, is_taken: bool
) -> None:
    packed, above = Packed(str(distribution.zipapp)), tmp_path / "above"
    above.mkdir()
    above.chmod(mode)

    folder = ready(packed, packed.tree(platform()), above / ".cache" / FOLDER)

    assert folder.is_relative_to(above) == is_taken


def test_where_nothing_can_be_kept_it_starts_all_the_same(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    done = installed.run(
        "kubectl-mirror",
        "--help",
        XDG_CACHE_HOME=str(tmp_path / "file"),
        TMPDIR=str(temporary),
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert list(temporary.iterdir()) == []


def test_the_users_own_folder_for_caches_is_taken(tmp_path: Path) -> None:
    if sys.platform != "darwin":
        assert cache({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / FOLDER
        assert cache({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / FOLDER


def test_another_python_is_told_what_is_there(distribution: Distribution) -> None:
    packed = Packed(str(distribution.zipapp))

    with pytest.raises(UnfitError) as raised:
        packed.tree("cpython-311-x86_64-linux-musl")

    assert "no msgspec and no regex for cpython-311-x86_64-linux-musl" in str(raised.value)
    assert platform() in str(raised.value)
    assert "uv tool install, or by pipx" in str(raised.value)


def test_trees_are_named_as_the_python_that_runs_names_itself(distribution: Distribution) -> None:
    assert this_machine().name_of(PYTHON) == platform()
    assert json.loads(Packed(str(distribution.zipapp)).tree(platform()))


def test_every_python_that_the_project_is_for_has_a_tree() -> None:
    assert project(ROOT / "pyproject.toml")["project"]["requires-python"] == f">={PYTHONS[0]}"
    assert PYTHONS[0] == f"3.{OLDEST}"


def test_the_first_file_is_read_by_old_pythons() -> None:
    compile((ROOT / "plugin" / "starting.py").read_text(), "starting.py", "exec")
    assert "match " not in (ROOT / "plugin" / "starting.py").read_text()


@pytest.mark.programs(VALIDATOR)
def test_krews_reviewers_take_the_manifest(distribution: Distribution, tmp_path: Path) -> None:
    """What krew's own program says, and what its guide to names asks beside that."""
    complete = tmp_path / f"{krew.NAME}.yaml"
    complete.write_text(krew.manifest("1.2.3", dict.fromkeys(MACHINES, distribution.archive)))
    validate = built(VALIDATOR)

    for manifest in (complete, distribution.manifest):
        done = Installed(tmp_path).run(validate, f"-manifest={manifest}", "-skip-install")
        assert done.returncode == 0, done.stderr

    document = yaml.safe_load(complete.read_text())
    assert document["metadata"]["name"] == "kn-mirror"
    spec = document["spec"]
    assert spec["version"] == "v1.2.3"
    assert len(spec["shortDescription"]) <= 50
    assert "python3" in spec["caveats"]
    platforms = [each["selector"]["matchLabels"] for each in spec["platforms"]]
    assert {(each["os"], each["arch"]) for each in platforms} == {
        (os_, arch) for os_ in ("linux", "darwin") for arch in ("amd64", "arm64")
    }
    assert all(each["uri"].startswith("https://") for each in spec["platforms"])


@pytest.mark.programs(KREW)
def test_krew_installs_the_archive_and_kubectl_finds_it(
    distribution: Distribution, tmp_path: Path, kubectl_folder: Path
) -> None:
    home = Installed(tmp_path)
    root = tmp_path / "krew"
    path = os.pathsep.join((str(root / "bin"), str(kubectl_folder), "/usr/bin", "/bin"))
    variables = {"KREW_ROOT": str(root), "PATH": path}
    install = (f"--manifest={distribution.manifest}", f"--archive={distribution.archive}")

    done = home.run(built(KREW), "install", *install, **variables)
    said = home.run(kubectl_folder / "kubectl", "kn-mirror", "status", "--help", **variables)

    assert done.returncode == 0, done.stderr
    assert said.stdout.startswith("Usage: kubectl kn-mirror status ")
    assert list((root / "store" / krew.NAME).rglob("LICENSE"))


def test_an_archive_has_the_program_and_the_license_and_is_the_same_when_written_again(
    distribution: Distribution, tmp_path: Path
) -> None:
    with tarfile.open(distribution.archive) as archive:
        members = {each.name: each for each in archive.getmembers()}
        archive.extractall(tmp_path, filter="data")
    again = tmp_path / "again.tar.gz"

    krew.write_archive(again, {name: tmp_path / name for name in members})

    assert members.keys() == {"kubectl-mirror", "LICENSE"}
    assert members["kubectl-mirror"].mode == 0o755
    assert again.read_bytes() == distribution.archive.read_bytes()
