"""An image taken apart: its files, and what is said about them."""

from __future__ import annotations

import json
import os
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tests.lab.containers.stores import store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer adds.

    Args:
        names: of its files and folders, from the root.
        size: of its files, in bytes.
    """

    names: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image, unpacked.

    Args:
        root: its files.
        description: all that it says about itself, to the runtime and to people.
        layers: the base's first.
    """

    root: Path
    description: Mapping[str, Any]
    layers: tuple[Layer, ...]

    @property
    def config(self) -> Mapping[str, Any]:
        """What a runtime goes by: user, environment, entrypoint."""
        config: Mapping[str, Any] = self.description["config"]
        return config

    @property
    def packages(self) -> Path:
        """The folder of the packages that are installed in its virtual environment."""
        [found] = self.root.glob("*/.venv/lib/python*/site-packages")
        return found

    @property
    def distributions(self) -> list[Distribution]:
        """What the installed packages say of themselves."""
        return list(Distribution.discover(path=[str(self.packages)]))

    @property
    def paths(self) -> Iterator[Path]:
        """All that is there, links as what they are."""
        for folder, folders, files in os.walk(self.root):
            yield from (Path(folder) / name for name in (*folders, *files))


@contextmanager
def unpacked(archive: Path, name: str) -> Iterator[Image]:
    """Unpack an image until the end of the block.

    Args:
        archive: as docker saves it.
        name: the image's.

    Raises:
        ProgramError: it cannot be unpacked.
    """
    with store() as images:
        container = images.run("from", f"docker-archive:{archive}")
        described = json.loads(images.run("inspect", "--type=image", name))["OCIv1"]
        yield Image(Path(images.run("mount", container)), described, tuple(_layers(archive)))


def _layers(archive: Path) -> Iterator[Layer]:
    with tarfile.open(archive) as image:
        [manifest] = json.loads(_member(image, "manifest.json").read())
        for name in manifest["Layers"]:
            with tarfile.open(fileobj=_member(image, name)) as layer:
                members = layer.getmembers()
            yield Layer(
                tuple(member.name.removeprefix("./") for member in members),
                sum(member.size for member in members),
            )


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found is not None
    return found
