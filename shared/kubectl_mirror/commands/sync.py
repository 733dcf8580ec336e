"""`kubectl mirror sync`: has kn-mirror look now, and shows what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from kubectl_mirror.asking import wakings
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import DIFFERENCES, IN_SYNC, options
from kubectl_mirror.commands.waiting import TIMED_OUT, Duration, until
from kubectl_mirror.showing.progress import Progress
from kubectl_mirror.showing.statuses import status_page
from mirroring.errors import ApiError, SettingError
from mirroring.names import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.answers import Answer
    from kubectl_mirror.asking.wakings import Waking
    from kubectl_mirror.showing.pages import Output

_PATIENCE: Final = 5.0  # seconds in which a function has usually done it


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=candidates.sources)
@click.option("--wait", is_flag=True, help="until all is in sync")
@click.option("--timeout", "limit", type=Duration(), default="1m", help="of --wait, as 90s or 5m")
@options
def sync(sources: tuple[str, ...], site: Site, output: Output, *, wait: bool, limit: float) -> int:
    """Have kn-mirror look now, by an event through its Broker, and show what came of it.

    SOURCE is name, namespace/name or secret/name. Without any: the namespace that is meant, or with
    -A the whole cluster. It takes the right to create services/proxy where the Broker's ingress is.

    Exit code 0: all is in sync; 1: something is not; 124: --wait ran out of time; else: an error.
    """
    question = Question.of(
        sources,
        namespace=site.namespace,
        everywhere=site.is_everywhere,
        kinds=site.limits.kinds,
    )

    def look() -> Answer:
        at = datetime.now(UTC)
        survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, at)
        return survey.answer(question)

    with Progress("kn-mirror looks at it"):
        before, resync = look(), _last_resync(site)
        wanted = [*_wakings(site, before)]
        for waking in wanted:
            wakings.send(site, waking)
        is_whole = bool(resync) and any(each.kind == "Pod" for each in wanted)

        def is_done(seen: Answer) -> bool:
            return seen.is_well and not (is_whole and _last_resync(site) == resync)

        answer = until(is_done, look, limit if wait else min(limit, _PATIENCE))
        ended = not wait or is_done(answer)
    status_page(answer, datetime.now(UTC)).show(output)
    if ended and answer.is_well and not answer.missing:
        return IN_SYNC
    return TIMED_OUT if wait else DIFFERENCES


def _last_resync(site: Site) -> str:
    """Return what tells one resync from the next; empty where that may not be seen."""
    try:
        return site.leases.find(site.installation.namespace, LEASE).resource_version or "none"
    except ApiError:
        return ""


def _wakings(site: Site, before: Answer) -> Iterator[Waking]:
    """Choose the events that concern what somebody asked about."""
    question = before.question
    if question.sources:
        there = {row.ref for row in before.rows}
        there |= {ref for ref in question.sources if site.reader.metadata(ref)}
        if not there:
            asked = " and ".join(sorted({ref.path for ref in question.sources}))
            raise SettingError(f"{asked}: there is no such source, and no mirror of one.")
        yield from (wakings.of_source(ref) for ref in sorted(there, key=str))
    elif question.namespace:
        yield wakings.of_namespace(question.namespace)
        yield from (wakings.of_source(row.ref) for row in before.rows)
    else:
        yield wakings.of_everything(site.installation.namespace)
