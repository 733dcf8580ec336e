"""Unpacking: brings what fits this Python from a zipapp to where it can be loaded.

What is compiled cannot be imported from a zip, and what is not would be compiled anew by every
start. So a first start unpacks a tree into the user's cache, under the hash of what it holds, and
each start compares all of it with what the zipapp lists.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import stat
import sys
import sysconfig
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipimport import zipimporter

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = "kubectl-mirror"
_ERROR: Final = 2

Files = dict[str, str]  # hashes by paths


class UnfitError(Exception):
    """What is packed fits this Python not, or is damaged."""


def start(path: str) -> int:
    """Start the command that is packed; return its exit code."""
    try:
        packed = Packed(path)
        folder = ready(packed, packed.tree(platform()), cache(os.environ))
    except (UnfitError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return _ERROR
    # In place of the zipapp itself.
    sys.path[0] = str(folder)
    from kubectl_mirror.programs import main  # noqa: PLC0415 (it was not there before)

    return main()


class Packed:
    """A zipapp.

    Args:
        path: of its file.
    """

    def __init__(self, path: str) -> None:
        self._zip = zipimporter(path)

    def tree(self, name: str) -> bytes:
        """Read which files a Python of this name needs.

        Raises:
            UnfitError: there is nothing for it.
        """
        try:
            return self._read(f"trees/{name}.json")
        except OSError:
            known = ", ".join(json.loads(self._read("trees/index.json")))
        raise UnfitError(
            f"this file has no msgspec and no regex for {name}, but for {known}. "
            "Install kubectl mirror by uv tool install, or by pipx."
        )

    def file(self, digest: str) -> bytes:
        """Read a file by its hash.

        Raises:
            UnfitError: it is damaged.
        """
        content = self._read(f"files/{digest}")
        if sha256(content).hexdigest() != digest:
            raise UnfitError("this file is damaged. Fetch it again.")
        return content

    def _read(self, path: str) -> bytes:
        return self._zip.get_data(path)


def platform() -> str:
    """Name this Python as trees are named, such as `cpython-311-x86_64-linux-gnu`."""
    name = sysconfig.get_config_var("SOABI") or f"{sys.implementation.name}-{sys.platform}"
    return f"{name}-{os.uname().machine}" if sys.platform == "darwin" else str(name)


def cache(environment: Mapping[str, str]) -> Path:
    """Return the user's folder for what can be made anew."""
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser() / FOLDER
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path("~/.cache").expanduser()) / FOLDER


def ready(packed: Packed, tree: bytes, where: Path) -> Path:
    """Return the folder that holds a tree; where it can be kept nowhere, one until the exit."""
    files: Files = json.loads(tree)
    if not _is_in_own_hands(where):
        # As below the home of whoever becomes root by sudo, and keeps that.
        return _removed_at_exit(_unpacked(packed, files, None))
    folder = where / sha256(tree).hexdigest()
    if _is_private(where) and _holds(folder, files):
        return folder
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _unpacked(packed, files, where) if _is_private(where) else None
    except OSError:
        made = None
    if made is None:
        return _removed_at_exit(_unpacked(packed, files, None))
    return _kept(made, folder, files)


def _kept(made: Path, folder: Path, files: Files) -> Path:
    """Give what was unpacked its name; another start may have been faster, or something broke."""
    for _ in range(2):
        try:
            return made.rename(folder)
        except OSError:
            if _holds(folder, files):
                shutil.rmtree(made)
                return folder
            shutil.rmtree(folder, ignore_errors=True)
    return _removed_at_exit(made)


def _removed_at_exit(folder: Path) -> Path:
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _unpacked(packed: Packed, files: Files, where: Path | None) -> Path:
    """Unpack into a new folder that is the user's alone."""
    made = Path(tempfile.mkdtemp(prefix="new-", dir=where or _for_a_while()))
    for path, digest in files.items():
        target = made / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(packed.file(digest))
    return made


def _for_a_while() -> Path | None:
    """Return a folder for what goes at the exit; None for the usual one, where none is better."""
    folders = map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp"))  # noqa: S108 (each is looked at)
    return next((each for each in folders if _is_in_own_hands(each / "new")), None)


def _is_in_own_hands(path: Path) -> bool:
    """Whether nobody but the user, and root, can put something else in a path's place."""
    above = {*path.absolute().parents, *path.resolve().parents}
    return all(_is_own(each) for each in above if os.path.lexists(each))


def _is_own(folder: Path) -> bool:
    """Whether only the user and root, or of what everybody writes in its owner alone, renames."""
    found = folder.lstat()
    is_open = found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX
    is_link = stat.S_ISLNK(found.st_mode)
    return found.st_uid in (0, os.getuid()) and bool(is_link or not is_open)


def _is_private(folder: Path) -> bool:
    """Whether a folder is there, is the user's, and nobody else can write in it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
    )


def _holds(folder: Path, files: Files) -> bool:
    """Whether a folder is the user's alone, and has each file as it was packed."""
    try:
        return _is_private(folder) and all(
            sha256((folder / path).read_bytes()).hexdigest() == digest
            for path, digest in files.items()
        )
    except OSError:
        return False
