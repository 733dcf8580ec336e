"""Builds the image as its users do, by `make image`, where there is no registry."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import ssl
import sys
import time
import tomllib
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from installer.images import sources
from tests.lab.containers.bases import python_base
from tests.lab.containers.stores import store
from tests.lab.programs.cache import cache_folder, made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.containers.stores import Store

PROJECT: Final = Path(__file__).parents[2]
_HERE: Final = Path(__file__).parent

_WEEK: Final = 7 * 24 * 60 * 60

BASE: Final = "localhost/python"
_UV: Final = "localhost/uv"


def image_name() -> str:
    """Return the name that the image is built under; Knative asks no registry about it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return f"dev.local/kn-mirror:{project['version']}"


def image_archive() -> Path:
    """Return this checkout's image as a docker-archive, built if it is not in the cache yet.

    Raises:
        ProgramError: it cannot be built.
    """
    made_of = hashlib.sha256(python_base().name.encode())
    for path in sorted([*sources(), *_HERE.glob("*.Dockerfile")]):
        made_of.update(f"{path.relative_to(PROJECT)} {path.stat().st_size}\n".encode())
        made_of.update(path.read_bytes())
    return made_once(cache_folder() / f"image-{made_of.hexdigest()[:12]}.tar", _build)


def write_inventory(folder: Path) -> None:
    """Have the list of what is in the image written into a folder, without the image.

    Raises:
        ProgramError: it cannot be made.
    """
    with builder() as make:
        make("sbom", f"SBOM_FOLDER={folder}")


@contextmanager
def builder() -> Iterator[Callable[..., str]]:
    """Give a make that builds images by buildah, on bases that are there.

    It takes goals and variables, and returns what was said; `ProgramError` is raised if it fails.
    """
    with store() as images:
        yield partial(_make, images)


def _build(target: Path) -> None:
    start = time.monotonic()
    sys.stderr.write(f"{image_name()}: building\n")
    with store() as images:
        _make(images, "image", f"IMAGE={image_name()}")
        images.run("push", image_name(), f"docker-archive:{target}:{image_name()}")
    _forget_old(target.parent)
    sys.stderr.write(f"{image_name()}: built in {time.monotonic() - start:.0f} s\n")


def _make(images: Store, *goal: str) -> str:
    _build_small(images, BASE, python_base(), "python.tar")
    _build_small(images, _UV, Path(sys.executable).with_name("uv"), "uv")
    return images.run_program(
        *("make", *goal, f"BUILDER={shlex.join(images.buildah)}"),
        f"IMAGE_FLAGS={shlex.join(_flags())}",
        folder=PROJECT,
    )


def _forget_old(folder: Path) -> None:
    """Remove images of sources that have changed since; each takes over a hundred megabytes."""
    for archive in folder.glob("image-*.tar"):
        if time.time() - archive.stat().st_mtime > _WEEK:
            archive.unlink()


def _build_small(images: Store, tag: str, file: Path, name: str) -> None:
    """Build the image `tag` of one file, by the Dockerfile that is called like the image."""
    dockerfile = _HERE / f"{tag.removeprefix('localhost/')}.Dockerfile"
    with TemporaryDirectory() as context:
        shutil.copy(file, Path(context) / name)
        images.run("build", f"--file={dockerfile}", f"--tag={tag}", context)


def _flags() -> tuple[str, ...]:
    """Say where the bases are, how this machine installs packages, and whom it trusts in that."""
    certificates = ssl.get_default_verify_paths().cafile
    settings = [Path.home() / ".config" / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]
    secrets = {
        "certificates": certificates and Path(certificates),
        "uv": next((place for place in settings if place.exists()), None),
    }
    return (
        f"--build-arg=BASE={BASE}",
        f"--build-arg=UV={_UV}",
        *(f"--secret=id={name},src={place}" for name, place in secrets.items() if place),
    )
