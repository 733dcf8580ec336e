"""Images of single programs, made without any registry."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from tests.lab.programs.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Mapping

# As Go calls what Python calls otherwise.
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_ARCHITECTURE: Final = _ARCHITECTURES.get(platform.machine(), platform.machine())

# The user `nonroot` of distroless images, which Knative's manifests take for granted.
_NOT_ROOT: Final = "65532:65532"


@dataclass(frozen=True, slots=True)
class Image:
    """An image with one program, which it runs, and little else.

    Args:
        name: with the tag, as in `dev.local/pause:1`.
        program: a file.
        folder: where it is in the image.
        files: what else it needs; path in the image → file.
    """

    name: str
    program: Path
    folder: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def entrypoint(self) -> str:
        """The program's path in the image."""
        return f"{self.folder}/{self.program.name}".lstrip("/")

    def write(self, archive: IO[bytes]) -> None:
        """Write what `docker save` would write of it, to a file or a pipe."""
        layer = self._layer()
        layer_name = f"{hashlib.sha256(layer).hexdigest()}.tar"
        config = self._config(layer)
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = {"Config": config_name, "RepoTags": [self.name], "Layers": [layer_name]}
        with tarfile.open(fileobj=archive, mode="w|") as tar:
            _add(tar, config_name, config)
            _add(tar, layer_name, layer)
            _add(tar, "manifest.json", json.dumps([manifest]).encode())

    def _layer(self) -> bytes:
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            for path, file in {self.entrypoint: self.program, **self.files}.items():
                _add(tar, path, file.read_bytes(), mode=0o755)
            tmp = tarfile.TarInfo("tmp")
            tmp.type, tmp.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(tmp)
        return layer.getvalue()

    def _config(self, layer: bytes) -> bytes:
        config = {
            "architecture": _ARCHITECTURE,
            "os": "linux",
            "config": {"Entrypoint": [f"/{self.entrypoint}"], "User": _NOT_ROOT},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"],
            },
        }
        return json.dumps(config).encode()


def libraries_of(program: Path) -> dict[str, Path]:
    """Return the shared libraries that a program is linked to: path → file.

    Raises:
        ProgramError: one of them is not on this machine.
    """
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607 (Debian's)
    if "not found" in listed:
        raise ProgramError(f"{program} does not run here: {listed}")
    return {path.lstrip("/"): Path(path) for path in re.findall(r"(/\S+) \(0x", listed)}


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
