"""`python -m tests.bench.commands`: how soon `kubectl mirror` answers, beside what kubectl does.

With `--scale` it measures a cluster of 10,000 namespaces and 100 sources, too, beside the same
lists fetched and thrown away; that takes some ten minutes. It judges as little as
`python -m tests.bench` does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.accounts import USERS
from tests.bench.bare import Bare
from tests.bench.figures import Memory, Ratio, Time, table
from tests.bench.landscapes import Landscape
from tests.bench.resyncs import BY_LABEL
from tests.bench.runs import say
from tests.bench.serving import BenchError, ping
from tests.bench.sites import filled
from tests.bench.starts import compile_checkout
from tests.lab.controlplane import find_programs, running
from tests.lab.kubectl import find_kubectl
from tests.lab.programs import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.figures import Figure
    from tests.bench.sites import Site
    from tests.lab.controlplane import ControlPlane, Programs

_ROUNDS: Final = 15
_ROUNDS_OF_MANY: Final = 3
_FIRST_BYTE: Final = 0.3  # seconds
_RATIO: Final = 2.0
_MEMORY: Final = 150.0
_SMALL: Final = Landscape(100, grouped=4, unrelated=1)
_LARGE: Final = Landscape(10_000)
_STATUS: Final = (sys.executable, "-m", "kubectl_mirror", "status", "-A")
# 0 and 1 are answers; more is an error.
_ANSWERS: Final = (0, 1)


class Run(NamedTuple):
    """What a command took.

    Args:
        first: seconds to its first byte.
        last: seconds to its end.
        memory: the most that it has held, in megabytes (Linux only).
    """

    first: float
    last: float
    memory: float


def main() -> int:
    """Measure and print; the table goes to standard output, what is going on beside it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.commands", description=__doc__)
    parser.add_argument("--scale", action="store_true", help="in a large cluster, too")
    options = parser.parse_args()
    try:
        programs = find_programs()
        compile_checkout()
        figures = _small(programs)
        if options.scale:
            figures += _large(programs)
    except (BenchError, ProgramError) as error:
        say(f"bench: {error}")
        return 1
    print(table(figures))  # noqa: T201 (what the command is for)
    return 0


def _small(programs: Programs) -> list[Figure]:
    """Time the first byte in turns with kubectl's, which asks no cluster at all."""
    with _site(programs, _SMALL) as site:
        say("kubectl mirror status and kubectl version --client, in turns …")
        ours, kubectls = [], []
        version = (str(find_kubectl()), "version", "--client")
        for _ in range(_ROUNDS):
            ours.append(_run(_STATUS, site.plane).first)
            kubectls.append(_run(version, site.plane).first)
    return [
        Time("first byte of status -A, 100 namespaces", median(ours), _FIRST_BYTE),
        Ratio("the same, beside kubectl version --client", median(ours), median(kubectls)),
    ]


def _large(programs: Programs) -> list[Figure]:
    """Time all of it in turns with the same lists, as urllib3 fetches them."""
    with _site(programs, _LARGE) as site:
        say("kubectl mirror status and the same lists, in turns …")
        runs, bare = [], []
        reader = Bare(site.plane, "admin")
        for _ in range(_ROUNDS_OF_MANY):
            runs.append(_run(_STATUS, site.plane))
            bare.append(reader.fetch(BY_LABEL).seconds)
        reader.close()
    name = "status -A, 10,000 namespaces and 100 sources"
    return [
        Ratio(
            f"{name}, beside its lists", median(each.last for each in runs), median(bare), _RATIO
        ),
        Memory(f"{name}: peak memory", max(each.memory for each in runs), _MEMORY),
    ]


@contextmanager
def _site(programs: Programs, landscape: Landscape) -> Iterator[Site]:
    """Fill a cluster of its own, in which every mirror is there."""
    with (
        tempfile.TemporaryDirectory() as name,
        running(programs, USERS, audited=False, controlled=False) as plane,
        filled(plane, landscape, Path(name)) as site,
    ):
        say(f"{landscape.namespaces:,} namespaces are there; {landscape.mirrors:,} mirrors …")
        with site.serving("on_resync") as serving:
            serving.deliver(ping())
        yield site


def _run(command: Sequence[str], plane: ControlPlane) -> Run:
    """Run a command to its end."""
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (no input from outside)
        command,
        env={**os.environ, "KUBECONFIG": str(plane.kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        process.stdout.read(1)
        first = time.perf_counter() - start
        process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        last = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _ANSWERS:
        raise BenchError(f"{' '.join(command)} ended with exit code {process.returncode}")
    return Run(first, last, used.ru_maxrss / 1000)


if __name__ == "__main__":
    sys.exit(main())
