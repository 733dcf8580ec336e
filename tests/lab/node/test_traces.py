"""A machine leaves nothing behind. These tests run machines of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.lab.figures import Figures
from tests.lab.node.images import Image
from tests.lab.node.machines import Machine, machine
from tests.lab.node.pods import phase, pod
from tests.lab.node.traces import traces
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.node.programs import NodePrograms

pytestmark = pytest.mark.machine_of_its_own

PODS = "/api/v1/namespaces/default/pods"

A_MACHINE_UNTIL_KILLED = """
import sys
from tests.lab.figures import Figures
from tests.lab.node.machines import machine
from tests.lab.node.programs import find_node_programs
with machine(find_node_programs(), Figures()):
    print("runs", flush=True)
    sys.stdin.read()
"""


@contextmanager
def running(programs: NodePrograms) -> Iterator[Machine]:
    """Run a machine with a pod on it."""
    with machine(programs, Figures()) as found:
        image = found.runtime.add(Image("dev.local/probe:tests", programs.probe))
        found.api.request("POST", PODS, pod("word", image))
        eventually(lambda: phase(found.api, f"{PODS}/word") == "Running", within=60)
        yield found


def test_nothing_is_left_of_a_machine(node_programs: NodePrograms) -> None:
    before = traces()

    with running(node_programs):
        meanwhile = traces()

    kinds = {trace.partition(" ")[0] for trace in meanwhile - before}
    assert kinds >= {"process", "interface", "route", "control", "folder"}
    assert sorted(traces() - before) == []


def test_nothing_is_left_of_a_machine_when_a_test_fails_on_it(node_programs: NodePrograms) -> None:
    before = traces()

    with pytest.raises(ZeroDivisionError), running(node_programs):
        _ = 1 / 0

    assert sorted(traces() - before) == []


@pytest.mark.usefixtures("node_programs")
def test_nothing_is_left_of_a_machine_when_its_tests_are_killed() -> None:
    before = traces()

    with subprocess.Popen(  # noqa: S603 (runs this Python)
        [sys.executable, "-c", A_MACHINE_UNTIL_KILLED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as tests:
        assert tests.stdout
        assert tests.stdout.readline() == b"runs\n"
        tests.send_signal(signal.SIGKILL)

    eventually(lambda: traces() <= before, within=60)
    assert sorted(traces() - before) == []
