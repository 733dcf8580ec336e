"""A folder for what takes long to make and is the same for every checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def cache_folder() -> Path:
    """This project's folder below the user's cache folder (XDG Base Directory Specification)."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "kn-mirror"


def made_once(place: Path, make: Callable[[Path], None]) -> Path:
    """Return `place`, which `make` has made now or on an earlier day.

    What is there is whole: `make` works under another name, and an interrupted attempt is swept
    away by the next. Of several processes one makes it and the others wait for it.

    Args:
        place: a file or a folder.
        make: is called with the path to make it at.
    """
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.unfinished")
    with _locked(place.with_name(f"{place.name}.lock")):
        if not place.exists():
            _remove(unfinished)
            make(unfinished)
            unfinished.rename(place)
    return place


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
