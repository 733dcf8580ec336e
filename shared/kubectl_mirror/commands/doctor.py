"""`kubectl mirror doctor`: whether kn-mirror is well, and what mends it where it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kubectl_mirror.checking.catalogue import CHECKS
from kubectl_mirror.checking.checks import examined
from kubectl_mirror.checking.subjects import Subject
from kubectl_mirror.commands.options import options_of_any
from kubectl_mirror.commands.waiting import TIMED_OUT, Duration, until
from kubectl_mirror.showing.diagnoses import diagnosis_page
from kubectl_mirror.showing.progress import Progress

if TYPE_CHECKING:
    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.checking.checks import Diagnosis
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.option("--pre", "before", is_flag=True, help="what it needs, before it is installed")
@click.option("--wait", is_flag=True, help="look again until nothing is wrong")
@click.option("--timeout", "limit", type=Duration(), default="5m", help="of --wait, as 90s or 5m")
@options_of_any
def doctor(site: Site, output: Output, *, before: bool, wait: bool, limit: float) -> int:
    """Look whether kn-mirror is well in a cluster, and say what mends it where it is not.

    Exit code 0: nothing is wrong, beside warnings; 1: something is; 2: not everything could be
    seen, and nothing else is wrong; 124: --wait ran out of time.
    """
    checks = [each for each in CHECKS if each.before or not before]

    def look() -> Diagnosis:
        with Progress() as progress:
            subject = Subject(site.again(datetime.now(UTC)))
            return examined(
                checks, subject, lambda check: progress.say(f"{check.category}: {check.title}")
            )

    diagnosis = until(lambda seen: not (wait and seen.may_change), look, limit)
    diagnosis_page(diagnosis).show(output)
    return TIMED_OUT if wait and diagnosis.may_change else diagnosis.code
