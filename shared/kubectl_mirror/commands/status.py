"""`kubectl mirror status`: which mirrors are there, and how they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import (
    exit_code,
    options,
    tell_which_settings_are_taken,
)
from kubectl_mirror.showing.statuses import status_page

if TYPE_CHECKING:
    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=candidates.sources)
@click.option("-w", "--watch", is_flag=True, help="show it anew whenever it changes")
@options
def status(sources: tuple[str, ...], site: Site, output: Output, *, watch: bool) -> int:
    """Say of sources which mirrors are there, and how they are.

    SOURCE is name, namespace/name or secret/name. Without any: what is in the namespace that is
    meant, or with -A all sources. Of one SOURCE each mirror is shown.

    Exit code 0: all is in sync; 1: something is not; more: it could not be seen.
    """
    question = Question.of(
        sources,
        namespace=site.namespace,
        everywhere=site.is_everywhere,
        kinds=site.limits.kinds,
    )
    if not watch:
        return _shown(site, question, output)
    from kubectl_mirror.asking.changes import Changes  # noqa: PLC0415 (most look once)

    changes = Changes(site.transport, site.streams, site.limits.kinds)
    changes.begin()
    while True:
        # On a terminal the old answer goes; elsewhere the new one comes after it.
        click.clear()
        _shown(site.again(datetime.now(UTC)), question, output)
        tell_which_settings_are_taken(site)
        changes.wait()


def _shown(site: Site, question: Question, output: Output) -> int:
    survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, site.now)
    answer = survey.answer(question)
    status_page(answer, site.now).show(output)
    return exit_code(answer)
