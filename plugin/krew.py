"""krew's manifest of the plugin, and the archives that it names.

https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ says what stands in one. Its name is
`kn-mirror`, as krew's reviewers would ask for: `mirror` alone says not whose. So whoever installs
it by krew calls it as `kubectl kn-mirror`.
"""

from __future__ import annotations

import gzip
import tarfile
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from plugin.zipapps import Machine

NAME: Final = "kn-mirror"
BINARY: Final = "kubectl-mirror"
_RELEASES: Final = "https://github.com/kn-mirror/kn-mirror/releases/download"

_DESCRIPTION: Final = """\
Shows which mirrors of Secrets and ConfigMaps kn-mirror, or Reflector's
annotations, ask for in which namespaces, which of them are in sync, and why
one is not there. It reads metadata alone, never the content of a Secret, and
writes nothing.
"""
_CAVEATS: Final = """\
Needs python3, 3.11 or newer, on your PATH; nothing else is installed.

For completion, kubectl looks for a program of its own name beside it:
  ln -s "$(command -v kubectl-kn_mirror)" ~/.local/bin/kubectl_complete-kn_mirror
"""


def archive_name(machine: Machine) -> str:
    """Name the archive for a kind of machine."""
    return f"{BINARY}-{machine.os}-{machine.arch}.tar.gz"


def write_archive(file: Path, contents: Mapping[str, Path]) -> None:
    """Write an archive that is the same whenever it is written.

    Args:
        file: where.
        contents: files by their names in it; those that may be run stay so.
    """
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, source in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = source.stat().st_size, _mode(source)
            with source.open("rb") as content:
                archive.addfile(entry, content)
    file.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


def manifest(version: str, archives: Mapping[Machine, Path]) -> str:
    """Return the manifest of a release.

    Args:
        version: without `v`.
        archives: by the machines that they are for.
    """
    platforms = [_platform(version, machine, file) for machine, file in archives.items()]
    return yaml.dump(_document(version, platforms), Dumper=_Dumper, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def _document(version: str, platforms: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
        "kind": "Plugin",
        "metadata": {"name": NAME},
        "spec": {
            "version": f"v{version}",
            "homepage": "https://github.com/kn-mirror/kn-mirror",
            "shortDescription": "Show mirrors of Secrets, and why one is missing",
            "description": _DESCRIPTION,
            "caveats": _CAVEATS,
            "platforms": platforms,
        },
    }


def _platform(version: str, machine: Machine, file: Path) -> Mapping[str, Any]:
    return {
        "selector": {"matchLabels": {"os": machine.os, "arch": machine.arch}},
        "uri": f"{_RELEASES}/v{version}/{file.name}",
        "sha256": sha256(file.read_bytes()).hexdigest(),
        "bin": BINARY,
    }


def _mode(file: Path) -> int:
    return 0o755 if file.stat().st_mode & 0o100 else 0o644
