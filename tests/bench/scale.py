"""`python -m tests.bench.scale`: what kn-mirror costs by the number of namespaces.

Prints costs, and figures beside their goals; with `--write` it writes them into docs/scale.md, too,
and draws a picture. It judges as little as `python -m tests.bench` does.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.bench.documents import SCALE, fill_in
from tests.bench.figures import markdown, table
from tests.bench.goals import figures_of, figures_of_crowd, figures_of_hoard
from tests.bench.machines import described
from tests.bench.runs import measure_everything, measure_hoard, say
from tests.bench.scales import costs_picture, costs_table
from tests.bench.serving import BenchError
from tests.lab.controlplane import find_programs
from tests.lab.programs import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES: Final = (100, 1_000, 10_000)


def main() -> int:
    """Measure and print; the tables go to standard output, what is going on beside them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help="numbers of namespaces, from 100 on")
    parser.add_argument("--hoard", action="store_true", help="only 100,000 mirrors' memory")
    parser.add_argument("--write", action="store_true", help="write docs/scale.md, too")
    options = parser.parse_args()
    start = time.monotonic()
    try:
        if options.hoard:
            _measure_hoard(write=options.write)
        else:
            _measure(sorted(options.sizes) or _SIZES, write=options.write)
    except (BenchError, ProgramError) as error:
        say(f"bench-scale: {error}")
        return 1
    say(f"that took {(time.monotonic() - start) / 60:.0f} minutes")
    return 0


def _measure(sizes: Sequence[int], *, write: bool) -> None:
    programs = find_programs()
    each = [measure_everything(programs, namespaces) for namespaces in sizes]
    costs = [cost for measured, _ in each for cost in measured]
    figures = [*figures_of(costs), *figures_of_crowd(each[-1][1])]
    print(costs_table(costs), table(figures), sep="\n\n")  # noqa: T201 (what the command is for)
    if write:
        SCALE.with_suffix(".svg").write_text(costs_picture(costs))
        texts = {"costs": costs_table(costs), "figures": markdown(figures)}
        fill_in(SCALE, {"machine": described(programs), **texts})


def _measure_hoard(*, write: bool) -> None:
    programs = find_programs()
    costs = measure_hoard(programs)
    print(costs_table(costs), table(figures_of_hoard(costs)), sep="\n\n")  # noqa: T201 (what the command is for)
    if write:
        fill_in(SCALE, {"hoard": f"{described(programs)}\n\n{costs_table(costs)}"})


if __name__ == "__main__":
    sys.exit(main())
