"""Containers that runc runs as it does those of a restricted Pod."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.lab.programs.debian import install_missing
from tests.lab.programs.processes import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.containers.images import Image

_LEASH: Final = Path(__file__).with_name("leash.py")

# Where a container finds what it is given; a Pod's account is below it, too.
GIVEN: Final = "/run"


@dataclass(frozen=True, slots=True)
class Container:
    """A container.

    Args:
        process: ends when the container does; it is yet to be started.
        bundle: the folder of what is known of it; what is put into its folder `given` is in
            `GIVEN`.
    """

    process: Process
    bundle: Path

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.process.log.read_text()

    def terminate(self) -> None:
        """Ask it to end, as Kubernetes does."""
        subprocess.run(  # noqa: S603 (no input from outside)
            ["runc", "--root", self.bundle / "state", "kill", _name(self.bundle), "TERM"],  # noqa: S607 (Debian's, wherever it is)
            check=True,
        )


def described(
    image: Image, command: tuple[str, ...], bundle: Path, environment: Mapping[str, str]
) -> Container:
    """Describe a container to runc.

    Args:
        image: what it sees, and cannot write to.
        command: what it runs, as the image's user.
        bundle: is made.
        environment: variables besides the image's.

    Raises:
        ProgramError: there is no runc, and it cannot be installed.
    """
    install_missing("runc")
    given = bundle / "given"
    given.mkdir(parents=True)
    configuration = _configuration(image, command, given, environment)
    (bundle / "config.json").write_text(json.dumps(configuration))
    arguments = (str(bundle), _name(bundle))
    process = Process(Path("runc"), *arguments, folder=bundle, name="container", leash=_LEASH)
    return Container(process, bundle)


def _configuration(
    image: Image, command: tuple[str, ...], given: Path, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Say what runc reads: the user and environment of the image, and the limits of the Pod."""
    user, group = image.config["User"].split(":")
    variables = [f"{name}={value}" for name, value in environment.items()]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": int(user), "gid": int(group)},
            "args": command,
            "env": [*image.config["Env"], *variables],
            "cwd": image.config["WorkingDir"],
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "root": {"path": str(image.root), "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "dev"},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm"},  # noqa: S108 (a Pod has it)
            {"destination": GIVEN, "source": str(given), "options": ["bind", "ro"]},
        ],
        # The network is the machine's: a test reaches the container there, and it the API server.
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]},
    }


def _name(bundle: Path) -> str:
    """Call a container, and so its cgroup, like no other on the machine."""
    return f"kn-mirror-{hashlib.sha256(str(bundle).encode()).hexdigest()[:12]}"
