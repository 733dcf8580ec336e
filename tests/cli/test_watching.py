"""`kubectl mirror status -w`: what is shown follows what happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.cli.conftest import HELD
from tests.lab.waiting import eventually
from tests.processes import heed_signals
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

PROJECT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.controlplane,
    pytest.mark.parametrize("server", ["controlplane"], indirect=True),
]


@pytest.fixture
def shown(
    server: Server, workbench: Workbench, teams: list[str], handler: Handler, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`status -A -w` in a process of its own, and the file that it writes to."""
    annotations = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=annotations)
    assert teams
    handler.resync()
    out = tmp_path / "out"
    environment = {
        **os.environ,
        "KUBECONFIG": str(server.admin_kubeconfig),
        "PYTHONPATH": str(PROJECT / "shared"),
    }
    command = [sys.executable, "-m", "kubectl_mirror", "status", "-A", "-w"]
    with (
        out.open("wb") as written,
        subprocess.Popen(  # noqa: S603 (no input from outside)
            command,
            env=environment,
            stdout=written,
            stderr=subprocess.DEVNULL,
            preexec_fn=heed_signals,  # noqa: PLW1509 (it takes no lock)
        ) as it,
    ):
        yield it, out
        it.kill()


def test_it_is_shown_anew_when_a_mirror_goes_and_comes_back(
    shown: tuple[subprocess.Popen[bytes], Path], workbench: Workbench, handler: Handler
) -> None:
    process, out = shown
    eventually(lambda: "2/2" in out.read_text())

    workbench.delete("Secret", "dev", "tls")
    eventually(lambda: "1 missing" in out.read_text())
    handler.resync()
    eventually(lambda: out.read_text().rstrip().splitlines()[-1].split()[2] == "2/2")

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
