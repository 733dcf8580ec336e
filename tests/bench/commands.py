"""`python -m tests.bench.commands`: how soon `kubectl mirror` answers, beside what kubectl does.

With `--scale` it measures a cluster of 10,000 namespaces and 100 sources, too, beside the same
lists fetched and thrown away; that takes some five minutes, and is written into docs/scale.md with
`--write`. It judges as little as `python -m tests.bench` does.
"""

from __future__ import annotations

import argparse
import os
import re
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
from tests.bench.documents import SCALE, fill_in
from tests.bench.figures import Memory, Ratio, Time, duration, markdown, markdown_table, table
from tests.bench.landscapes import EVERYWHERE, HOME, Landscape
from tests.bench.machines import described
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
_PIECE: Final = 64 * 1024  # bytes that are read at a time
_MOST_HELD: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_FIRST_BYTE: Final = 0.3  # seconds
_RATIO: Final = 2.0
_MEMORY: Final = 150.0
_SMALL: Final = Landscape(100, grouped=4, unrelated=1)
_LARGE: Final = Landscape(10_000)
_PLUGIN: Final = (sys.executable, "-m", "kubectl_mirror")
_STATUS: Final = (*_PLUGIN, "status", "-A")
_SOURCE: Final = f"{HOME}/{EVERYWHERE}"
# What else somebody asks, as they would write it.
_OTHERS: Final = (
    "status -A -o json",
    f"status {_SOURCE}",
    "status -n team-000-00",
    f"explain {_SOURCE} -n team-000-00",
    f"explain secret/{EVERYWHERE} -n team-000-00",
    "tree -A",
    f"plan {_SOURCE} --annotate auto-namespaces=team-0.*",
    "plan -o json",
)
_HEADINGS: Final = ("kubectl mirror …", "first byte", "time", "own processor time", "memory")
# 0 and 1 are answers; more is an error.
_ANSWERS: Final = (0, 1)


class Run(NamedTuple):
    """What a command took.

    Args:
        first: seconds to its first byte.
        last: seconds to its end.
        processor: seconds that it kept a core busy for.
        memory: the most that it has held, in megabytes (Linux only).
    """

    first: float
    last: float
    processor: float
    memory: float


def main() -> int:
    """Measure and print; the table goes to standard output, what is going on beside it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.commands", description=__doc__)
    parser.add_argument("--scale", action="store_true", help="in a large cluster, too")
    parser.add_argument("--write", action="store_true", help="write docs/scale.md, too")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    try:
        programs = find_programs()
        compile_checkout()
        figures = _small(programs)
        if not options.scale:
            print(table(figures))  # noqa: T201 (what the command is for)
            return 0
        more, costs = _large(programs)
    except (BenchError, ProgramError) as error:
        say(f"bench: {error}")
        return 1
    figures += more
    print(costs, table(figures), sep="\n\n")  # noqa: T201 (likewise)
    if options.write:
        machine = f"{described(programs)} Its load before that was {load:.1f}."
        fill_in(SCALE, {"commands": f"{machine}\n\n{costs}\n\n{markdown(figures)}"})
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


def _large(programs: Programs) -> tuple[list[Figure], str]:
    """Time all of it in turns with the same lists, as urllib3 fetches them; and other commands."""
    with _site(programs, _LARGE) as site:
        say("kubectl mirror status and the same lists, in turns …")
        runs, bare = [], []
        reader = Bare(site.plane, "admin")
        for _ in range(_ROUNDS_OF_MANY):
            runs.append(_run(_STATUS, site.plane))
            bare.append(reader.fetch(BY_LABEL).seconds)
        reader.close()
        costs = {"status -A": runs}
        for command in _OTHERS:
            say(f"kubectl mirror {command} …")
            words = (*_PLUGIN, *command.split())
            costs[command] = [_run(words, site.plane) for _ in range(_ROUNDS_OF_MANY)]
    name = "status -A, 10,000 namespaces and 100 sources"
    figures: list[Figure] = [
        Ratio(
            f"{name}, beside its lists", median(each.last for each in runs), median(bare), _RATIO
        ),
        Memory(f"{name}: peak memory", max(each.memory for each in runs), _MEMORY),
    ]
    return figures, markdown_table(_HEADINGS, (_row(*each) for each in costs.items()))


def _row(command: str, runs: Sequence[Run]) -> tuple[str, ...]:
    return (
        f"`{command}`",
        duration(median(each.first for each in runs)),
        duration(median(each.last for each in runs)),
        duration(median(each.processor for each in runs)),
        # Not known of what had nothing to say.
        f"{memory:.0f} MB" if (memory := max(each.memory for each in runs)) else "",
    )


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
        # What is told of it when it has ended has in it what this process holds, which made it.
        memory = _held(process.pid)
        while process.stdout.read(_PIECE):
            memory = max(memory, _held(process.pid))
        _, status, used = os.wait4(process.pid, 0)
        last = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _ANSWERS:
        raise BenchError(f"{' '.join(command)} ended with exit code {process.returncode}")
    return Run(first, last, used.ru_utime + used.ru_stime, memory)


def _held(pid: int) -> float:
    """Return the most memory that a process has held until now; 0 when it has ended."""
    try:
        found = _MOST_HELD.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
