"""Containers of the image, which runc runs as it does those of a restricted Pod."""

from __future__ import annotations

import hashlib
import json
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import urllib3

from sandbox.processes import free_ports
from tests.programs.debian import install_missing
from tests.programs.processes import Process
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.cloud_events import Request
    from tests.image.images import Image
    from tests.pods import Pod

_LEASH: Final = Path(__file__).with_name("leash.py")

# Where a container finds what it is given, and what a Pod finds below it.
_GIVEN: Final = "/var/run"
_ACCOUNT: Final = "secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True)
class Container:
    """A function that listens, in a container.

    Args:
        process: ends when the container does.
        url: of the function.
        bundle: the folder of the container.
    """

    process: Process
    url: str
    bundle: Path

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.process.log.read_text()

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        """Send a request and wait for the answer."""
        return urllib3.request(
            "POST", self.url, body=request.body, headers=request.headers, retries=False, timeout=30
        )

    def terminate(self) -> None:
        """Ask it to end, as Kubernetes does."""
        subprocess.run(  # noqa: S603 (no input from outside)
            ["runc", "--root", self.bundle / "state", "kill", _name(self.bundle), "TERM"],  # noqa: S607 (Debian's, wherever it is)
            check=True,
        )


@contextmanager
def serving(
    image: Image, function: str, pod: Pod, folder: Path, **environment: str
) -> Iterator[Container]:
    """Serve a function from the image until the end of the block.

    Args:
        image: what it sees, and cannot write to.
        function: its name, as in `on_resync`.
        pod: says where the API server is, and who the function is there.
        folder: for what is known of it.
        environment: variables besides the image's. A test that does not say otherwise waits for
            no events that could share a resync.
    """
    (port,) = free_ports(1)
    settings = {
        **pod.environment,
        "KN_MIRROR_RESYNC_DELAY": "0",
        **environment,
        "PORT": str(port),
    }
    bundle = folder / function
    _write_bundle(
        bundle, image, (*image.config["Entrypoint"], f"functions.{function}:app"), settings
    )
    account = bundle / "given" / _ACCOUNT
    account.mkdir(parents=True)
    for file in pod.account.iterdir():
        (account / file.name).write_bytes(file.read_bytes())
    url = f"http://127.0.0.1:{port}/"
    with _process(bundle).running() as process:
        process.await_condition(lambda: _listens(url), within=60)
        yield Container(process, url, bundle)


def said_by(script: str, image: Image, folder: Path) -> str:
    """Return what a Python script says where the functions run, with what they can import.

    Raises:
        AssertionError: it failed; the message has its words.
    """
    python = ("/app/.venv/bin/python", "-c", script)
    bundle = folder / "script"
    _write_bundle(bundle, image, python, {"PYTHONPATH": "/app/shared:/app"})
    with _process(bundle).running() as process:
        eventually(lambda: process.ended is not None, within=60)
    said = process.log.read_text()
    assert process.ended == 0, said
    return said


def _write_bundle(
    bundle: Path, image: Image, command: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    """Write what runc reads: the user and environment of the image, and the limits of the Pod."""
    install_missing("runc")
    given = bundle / "given"
    given.mkdir(parents=True)
    user, group = image.config["User"].split(":")
    variables = [f"{name}={value}" for name, value in environment.items()]
    configuration: dict[str, Any] = {
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
            {"destination": _GIVEN, "source": str(given), "options": ["bind", "ro"]},
        ],
        # The network is the machine's: a test reaches the function there, and it the API server.
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]},
    }
    (bundle / "config.json").write_text(json.dumps(configuration))


def _process(bundle: Path) -> Process:
    command = (str(bundle), _name(bundle))
    return Process(Path("runc"), *command, folder=bundle, name="container", leash=_LEASH)


def _name(bundle: Path) -> str:
    """Call a container, and so its cgroup, like no other on the machine."""
    return f"kn-mirror-{hashlib.sha256(str(bundle).encode()).hexdigest()[:12]}"


def _listens(url: str) -> bool:
    with suppress(urllib3.exceptions.HTTPError):
        answer = urllib3.request("GET", f"{url}health/live", retries=False, timeout=30)
        return answer.status == 200
    return False
