"""Documents: the manifests that somebody names on the command line, read as kubectl reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# libyaml reads a large file ten times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SUFFIXES: Final = (".json", ".yaml", ".yml")
_MOST: Final = 100_000  # objects of a list
_STDIN: Final = "-"


class Document(NamedTuple):
    """One object of a manifest.

    Args:
        origin: the file that it is from.
        fields: as it is written there; it may hold secrets.
    """

    origin: str
    fields: Mapping[str, Any]

    @property
    def what(self) -> str:
        """Kind and name, as far as it says them."""
        metadata = self.fields.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else ""
        return f"{self.fields.get('kind') or 'an object without kind'} {name or ''}".strip()


def documents(files: Sequence[str], kustomizations: Sequence[str]) -> list[Document]:
    """Read manifests.

    Args:
        files: with their names, or those of folders; `-` is the standard input.
        kustomizations: folders that kubectl builds manifests of.

    Raises:
        SettingError: one cannot be read; what it holds is not in the message.
    """
    read = [each for name in files for each in _files(name)]
    read += [(f"kustomization {name}", _built(name)) for name in kustomizations]
    return [each for origin, text in read for each in _parsed(origin, text)]


def _files(name: str) -> Iterator[tuple[str, bytes]]:
    path = Path(name)
    try:
        if name == _STDIN:
            yield "standard input", sys.stdin.buffer.read()
        elif path.is_dir():
            found = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
            yield from ((str(each), each.read_bytes()) for each in found)
        else:
            yield name, path.read_bytes()
    except OSError as error:
        raise SettingError(
            f"Manifest {name} cannot be read: {error.strerror}. Name a file, a folder or -."
        ) from error


def _built(folder: str) -> bytes:
    program = which("kubectl")
    if program is None:
        raise SettingError(
            f"Kustomization {folder} is built by kubectl, which is not on PATH. Install it, or "
            f"pipe what else builds it: kustomize build {folder} | kubectl mirror plan -f -"
        )
    built = subprocess.run(  # noqa: S603 (what is asked for)
        [program, "kustomize", folder], capture_output=True, check=False
    )
    if built.returncode:
        said = built.stderr.decode(errors="replace").strip().splitlines()
        because = said[-1].removeprefix("error: ") if said else f"exit code {built.returncode}"
        raise SettingError(f"Kustomization {folder} cannot be built: {because}")
    return built.stdout


def _parsed(origin: str, text: bytes) -> Iterator[Document]:
    try:
        read = [*yaml.load_all(text, _LOADER)]
    except yaml.YAMLError as error:
        # Its text quotes the file, which may hold a secret.
        raise SettingError(f"Manifest {origin} is no YAML{_place(error)}.") from None
    except (ValueError, RecursionError):
        raise SettingError(f"Manifest {origin} is no YAML that can be read.") from None
    for each in read:
        yield from _flat(origin, each)


def _flat(origin: str, read: object) -> Iterator[Document]:
    """Take lists apart, as `kubectl get -o yaml` writes them."""
    waiting, count = [read], 0
    while waiting:
        each = waiting.pop()
        if each is None:
            continue
        if not isinstance(each, dict):
            raise SettingError(f"Manifest {origin} holds what is no object: it has no fields.")
        items = each.get("items")
        if not (str(each.get("kind", "")).endswith("List") and isinstance(items, list)):
            yield Document(origin, each)
            continue
        # By aliases a short text is a list of any length, or one that holds itself.
        count += len(items)
        if count > _MOST:
            raise SettingError(f"Manifest {origin} lists more than {_MOST} objects. Part it.")
        waiting.extend(reversed(items))


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", in line {mark.line + 1}" if mark else ""
