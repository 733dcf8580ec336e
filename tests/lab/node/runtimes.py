"""containerd on a machine: what runs the containers of pods, and the network between them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from tests.lab.node import addresses
from tests.lab.node.images import Image
from tests.lab.programs.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.lab.node.enclosures import Enclosure
    from tests.lab.node.programs import NodePrograms

SOCKET: Final = "/run/containerd/containerd.sock"

_PAUSE: Final = "dev.local/pause:1"
_DEADLINE: Final = 60.0

_CONFIGURATION: Final = """\
version = 3
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.tracing", "io.containerd.nri.v1.nri"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{pause}"
[plugins."io.containerd.cri.v1.runtime"]
  # Root in a container may not have the capability to lower it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      runtime_path = "{shim}"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "/usr/sbin/runc"
        SystemdCgroup = false
"""


@dataclass(frozen=True, slots=True)
class Runtime:
    """containerd on a machine.

    Args:
        enclosure: where it runs.
        ctr: its command line.
    """

    enclosure: Enclosure
    ctr: Path

    @property
    def command(self) -> tuple[str, ...]:
        """The command line, as it is run from without."""
        return (*self.enclosure.entrance, str(self.ctr), f"--address={SOCKET}")

    def add(self, image: Image) -> str:
        """Let pods run an image, and return its name."""
        self.load(image.write)
        return image.name

    def load(self, archive: Callable[[IO[bytes]], object]) -> None:
        """Let pods run the images of an archive, as docker saves them or as OCI lays them out."""
        self._ctr("images", "import", "-", fed=archive)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            self._ctr("version")
        except ProgramError:
            return False
        return True

    def _ctr(self, *command: str, fed: Callable[[IO[bytes]], object] | None = None) -> None:
        flags = (f"--address={SOCKET}", "--namespace=k8s.io")
        self.enclosure.run(self.ctr, *flags, *command, fed=fed)


@contextmanager
def containerd(enclosure: Enclosure, programs: NodePrograms) -> Iterator[Runtime]:
    """Run containerd in an enclosure until the context ends."""
    folder = enclosure.folder
    _write_network(folder / "cni")
    configuration = folder / "containerd.toml"
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, socket=SOCKET, pause=_PAUSE, shim=programs.shim)
    )
    with enclosure.started(programs.containerd, f"--config={configuration}") as process:
        runtime = Runtime(enclosure, programs.ctr)
        process.await_condition(runtime.answers, within=_DEADLINE)
        runtime.add(Image(_PAUSE, programs.pause))
        yield runtime


def _write_network(folder: Path) -> None:
    """Say how pods get their addresses. Traffic is routed, so there is no bridge to filter."""
    addressing = {
        "type": "host-local",
        "dataDir": "/run/cni",
        "ranges": [[{"subnet": addresses.PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    network = {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [{"type": "ptp", "ipMasq": False, "ipam": addressing}],
    }
    folder.mkdir()
    (folder / "pods.conflist").write_text(json.dumps(network))
