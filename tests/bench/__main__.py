"""`python -m tests.bench`: prints how kn-mirror's costs compare to what cannot be done without.

It measures and does not judge: the exit code is 0 unless something did not work.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.accounts import USERS
from tests.bench.figures import table
from tests.bench.goals import figures_of, figures_of_crowd
from tests.bench.runs import measure_everything, say
from tests.bench.serving import BenchError
from tests.bench.starts import measure_starts
from tests.lab.controlplane import find_programs, running
from tests.lab.programs import ProgramError

_NAMESPACES: Final = 1_000


def main() -> int:
    """Measure and print; the table goes to standard output, what is going on beside it."""
    try:
        print(_measured())  # noqa: T201 (what the command is for)
    except (BenchError, ProgramError) as error:
        say(f"bench: {error}")
        return 1
    return 0


def _measured() -> str:
    programs = find_programs()
    with tempfile.TemporaryDirectory() as name, running(programs, USERS, audited=False) as plane:
        say("Starting the functions and an empty app in turns …")
        starts = measure_starts(plane, Path(name))
    costs, crowd = measure_everything(programs, _NAMESPACES)
    return table([*figures_of(costs), *figures_of_crowd(crowd), *starts])


if __name__ == "__main__":
    sys.exit(main())
