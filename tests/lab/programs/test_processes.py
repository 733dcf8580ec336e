from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.programs import ProgramError
from tests.lab.programs.processes import free_ports, started
from tests.lab.waiting import eventually

SHELL = Path("/bin/sh")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_ends_with_its_context(tmp_path: Path) -> None:
    own_id = tmp_path / "pid"

    with started(SHELL, "-c", f"echo $$ > {own_id}; exec sleep 600", folder=tmp_path) as process:
        process.await_condition(lambda: own_id.exists() and own_id.read_text() != "", within=10)

    assert not is_running(int(own_id.read_text()))


def test_a_process_ends_with_its_starter_even_when_that_is_killed(tmp_path: Path) -> None:
    own_id = tmp_path / "pid"
    script = f"""
from pathlib import Path
from tests.lab.programs.processes import started
flags = ("-c", "echo $$ > {own_id}; exec sleep 600")
with started(Path("/bin/sh"), *flags, folder=Path("{tmp_path}")):
    input()
"""
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as starting:  # noqa: S603 (the script above)
        pid = eventually(lambda: own_id.exists() and own_id.read_text())

        starting.send_signal(signal.SIGKILL)

        eventually(lambda: not is_running(int(pid)))


def test_a_process_can_be_killed_and_started_again_and_its_log_goes_on(tmp_path: Path) -> None:
    said = ["here I am"]
    with started(SHELL, "-c", "echo here I am; exec sleep 600", folder=tmp_path) as process:
        process.await_condition(lambda: process.log.read_text().splitlines() == said, within=10)

        process.kill()
        exit_code = process.ended
        process.start()

        process.await_condition(lambda: process.log.read_text().splitlines() == said * 2, within=10)
        assert (exit_code, process.ended) == (-signal.SIGKILL % 256, None)


def test_a_process_that_ends_too_early_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with (
        started(SHELL, "-c", "echo the port is in use; exit 7", folder=tmp_path) as process,
        pytest.raises(ProgramError, match=r"sh ended with exit code 7.*\nthe port is"),
    ):
        process.await_condition(lambda: False, within=10)


def test_a_process_that_is_never_ready_is_an_error_at_the_deadline(tmp_path: Path) -> None:
    with (
        started(SHELL, "-c", "exec sleep 600", folder=tmp_path) as process,
        pytest.raises(ProgramError, match="sh was not ready after 0 s"),
    ):
        process.await_condition(lambda: False, within=0)


def test_free_ports_are_different_and_can_be_listened_on() -> None:
    first, second = free_ports(2)

    with socket.create_server(("127.0.0.1", first)), socket.create_server(("127.0.0.1", second)):
        assert first != second
