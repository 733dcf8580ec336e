"""`kubectl mirror doctor`: whether kn-mirror is well, and what mends it where it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from kubectl_mirror.checking.catalogue import CHECKS
from kubectl_mirror.checking.checks import Diagnosis, examined
from kubectl_mirror.checking.subjects import Subject
from kubectl_mirror.commands.options import options_of_any, tell_whom_commands_are_for
from kubectl_mirror.commands.waiting import TIMED_OUT, Duration, until
from kubectl_mirror.showing.diagnoses import diagnosis_lines, diagnosis_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.checking.checks import Checked
    from kubectl_mirror.showing.pages import Output

_FOR_PEOPLE: Final = ("table", "wide")  # formats


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

    def look() -> Iterator[Checked]:
        subject = Subject(site.again(datetime.now(UTC)))
        return examined(
            checks, subject, lambda each: output.progress.say(f"{each.category}: {each.title}")
        )

    if output.format in _FOR_PEOPLE and not wait:
        return _told(look(), site, output)

    diagnosis = until(
        lambda found: not (wait and found.may_change), lambda: Diagnosis([*look()]), limit
    )
    diagnosis_page(diagnosis).show(output)
    _tell_where(site, diagnosis.checked)
    return TIMED_OUT if wait and diagnosis.may_change else diagnosis.code


def _told(found: Iterator[Checked], site: Site, output: Output) -> int:
    """Tell of each check as soon as it has been looked at; return the exit code."""
    checked: list[Checked] = []
    is_brief = output.format != "wide"
    for line in diagnosis_lines(_kept(found, checked), is_brief=is_brief):
        output.progress.echo(line)
    output.progress.end()
    _tell_where(site, checked)
    return Diagnosis(checked).code


def _tell_where(site: Site, checked: Iterable[Checked]) -> None:
    if any(finding.mend for each in checked for finding in each.findings):
        tell_whom_commands_are_for(site)


def _kept(found: Iterator[Checked], into: list[Checked]) -> Iterator[Checked]:
    for each in found:
        into.append(each)
        yield each
