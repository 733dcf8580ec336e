"""Everything that is measured in a cluster of one size, one after the other."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.accounts import USERS
from tests.bench.arrivals import measure_arrivals
from tests.bench.crowds import observe_crowd
from tests.bench.landscapes import Landscape
from tests.bench.renewals import measure_renewals
from tests.bench.resyncs import measure_losses, measure_orderly
from tests.bench.sites import filled
from tests.lab.controlplane import running

if TYPE_CHECKING:
    from tests.bench.crowds import Crowd
    from tests.bench.spending import Cost
    from tests.lab.controlplane import Programs

_ROUNDS: Final = 5
_ROUNDS_OF_MANY: Final = 3
_MANY: Final = 5_000
_HOARD: Final = Landscape(10_000, everywhere=10, grouped=0, unrelated=0)


def measure_everything(programs: Programs, namespaces: int) -> tuple[list[Cost], Crowd]:
    """Fill a cluster of its own, and measure in it all that a function does.

    Controllers do not run in it: they would be timed with what they answer to.

    Raises:
        BenchError: something did not work.
        ProgramError: the cluster does not start.
    """
    landscape = Landscape(namespaces)
    rounds = _ROUNDS if namespaces < _MANY else _ROUNDS_OF_MANY
    with (
        tempfile.TemporaryDirectory() as name,
        running(programs, USERS, audited=False, controlled=False) as plane,
        filled(plane, landscape, Path(name)) as site,
    ):
        say(f"{namespaces:,} namespaces are there; resyncs, in turns with bare requests …")
        costs = [*measure_orderly(site, rounds), *measure_losses(site, rounds)]
        say(f"{namespaces:,} namespaces: renewals and new namespaces …")
        costs += [measure_renewals(site, rounds), measure_arrivals(site)]
        say(f"{namespaces:,} namespaces: eight events at once …")
        return costs, observe_crowd(site)


def measure_hoard(programs: Programs) -> list[Cost]:
    """Measure resyncs of a hundred thousand mirrors in a cluster of their own.

    Raises:
        BenchError: something did not work.
        ProgramError: the cluster does not start.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        running(programs, USERS, audited=False, controlled=False) as plane,
        filled(plane, _HOARD, Path(name)) as site,
    ):
        say(f"{_HOARD.namespaces:,} namespaces are there; {_HOARD.mirrors:,} mirrors are made …")
        return measure_orderly(site, 1)


def say(text: str) -> None:
    """Say what is going on, and when."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
