"""Writes an overlay into one file, and its checksum beside it.

    python3 release.py [--overlay=NAME|FOLDER] [--image=NAME:TAG] [--kubectl=COMMAND] FILE

What was there before is replaced once both are whole, and stays where there is no release.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

_OVERLAYS: Final = Path(__file__).parent / "overlays"
_BASE: Final = Path(__file__).parent / "base" / "kustomization.yaml"
_KUSTOMIZATION: Final = "kustomization.yaml"
_IMAGE: Final = re.compile(r"(?m)^[ -]* image: (\S+)$")
# As `make push` writes it.
_NAMED: Final = re.compile(r'(?m)^    newName: "?(.+?)"?\n    newTag: "?(.+?)"?$')


class ReleaseError(Exception):
    """There is no release: why, and what to do."""


def release(file: Path, *, overlay: str, image: str, base: Path, kubectl: str) -> None:
    """Write the manifests of an overlay into a file, and the file's checksum beside it.

    Args:
        file: is replaced as a whole, or stays as it is.
        overlay: the name of one, or the folder of the user's own.
        image: that the manifests are meant to name, with its tag; empty for whichever they do.
        base: the kustomization that `make push` writes into.
        kubectl: the command that renders them.

    Raises:
        ReleaseError: there is no such overlay, it cannot be rendered, or it names an image that
            nobody pushed, or another than is meant.
    """
    manifests = _rendered(_folder(overlay), kubectl)
    _require_pushed(_IMAGE.findall(manifests.decode()), image, base)
    sum_ = f"{hashlib.sha256(manifests).hexdigest()}  {file.name}\n"
    _replace({file: manifests, file.with_name(f"{file.name}.sha256"): sum_.encode()})


def _folder(overlay: str) -> Path:
    for folder in (_OVERLAYS / overlay, Path(overlay)):
        if (folder / _KUSTOMIZATION).exists():
            return folder
    there = ", ".join(sorted(each.parent.name for each in _OVERLAYS.glob(f"*/{_KUSTOMIZATION}")))
    raise ReleaseError(
        f"There is no overlay {overlay!r}. There are {there}, or name the folder of your own."
    )


def _rendered(folder: Path, kubectl: str) -> bytes:
    command = [*shlex.split(kubectl), "kustomize", str(folder)]
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603
    except OSError as error:
        raise ReleaseError(f"{shlex.join(command)}: {error}") from error
    except subprocess.CalledProcessError as error:
        raise ReleaseError(f"`{shlex.join(command)}` failed; what it says is above.") from error


def _require_pushed(named: list[str], image: str, base: Path) -> None:
    """Refuse what no registry has: a pushed image has a digest, one of an overlay its own name."""
    found = _NAMED.search(base.read_text())
    if found and ":".join(found.groups()) in named:
        raise ReleaseError(
            "The manifests name no image that was pushed. Push one by `make pins push IMAGE=…`, or "
            "name the folder of an overlay that names another image, by OVERLAY=… "
            "(docs/install.md, By hand)."
        )
    if image and not any(each.partition("@")[0] == image for each in named):
        raise ReleaseError(
            f"The manifests name {', '.join(sorted({*named}))}, not {image}. Push that by `make "
            f"pins push IMAGE={image}`, or leave IMAGE out."
        )


def _replace(files: dict[Path, bytes]) -> None:
    """Write files that nobody sees half of."""
    parts = {file.with_name(f".{file.name}.part"): file for file in files}
    try:
        for part, file in parts.items():
            part.write_bytes(files[file])
        for part, file in parts.items():
            part.replace(file)
    except OSError as error:
        raise ReleaseError(str(error)) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--overlay", default="default")
    parser.add_argument("--image", default="")
    parser.add_argument("--base", type=Path, default=_BASE)
    parser.add_argument("--kubectl", default="kubectl")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        release(**vars(_options()))
    except ReleaseError as error:
        sys.exit(str(error))
