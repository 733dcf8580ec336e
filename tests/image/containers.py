"""The functions in containers of the image."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import urllib3

from tests.lab.containers.containers import Container, described
from tests.lab.programs.processes import free_ports
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cloud_events import Request
    from tests.lab.containers.images import Image
    from tests.pods import Pod

# Where a Pod finds its account below what it is given.
_ACCOUNT: Final = "secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True)
class Serving(Container):
    """A function that listens, in a container.

    Args:
        url: of the function.
    """

    url: str

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        """Send a request and wait for the answer."""
        return urllib3.request(
            "POST", self.url, body=request.body, headers=request.headers, retries=False, timeout=30
        )


@contextmanager
def serving(
    image: Image, function: str, pod: Pod, folder: Path, **environment: str
) -> Iterator[Serving]:
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
    command = (*image.config["Entrypoint"], f"functions.{function}:app")
    container = described(image, command, folder / function, settings)
    account = container.bundle / "given" / _ACCOUNT
    account.mkdir(parents=True)
    for file in pod.account.iterdir():
        (account / file.name).write_bytes(file.read_bytes())
    url = f"http://127.0.0.1:{port}/"
    with container.process.running() as process:
        process.await_condition(lambda: _listens(url), within=60)
        yield Serving(process, container.bundle, url)


def said_by(script: str, image: Image, folder: Path) -> str:
    """Return what a Python script says where the functions run, with what they can import.

    Raises:
        AssertionError: it failed; the message has its words.
    """
    python = ("/app/.venv/bin/python", "-c", script)
    path = {"PYTHONPATH": "/app/shared:/app"}
    container = described(image, python, folder / "script", path)
    with container.process.running() as process:
        eventually(lambda: process.ended is not None, within=60)
    assert process.ended == 0, container.log
    return container.log


def _listens(url: str) -> bool:
    with suppress(urllib3.exceptions.HTTPError):
        answer = urllib3.request("GET", f"{url}health/live", retries=False, timeout=30)
        return answer.status == 200
    return False
