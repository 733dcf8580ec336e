"""`kubectl mirror sync`: has kn-mirror look now, and shows what came of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from kubectl_mirror.asking import wakings
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.states import State
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import exit_code, options
from kubectl_mirror.commands.waiting import TIMED_OUT, Duration, until
from kubectl_mirror.showing.statuses import status_page
from kubectl_mirror.showing.tables import printable
from mirroring.errors import ApiError, SettingError
from mirroring.names import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.answers import Answer
    from kubectl_mirror.asking.wakings import Waking
    from kubectl_mirror.showing.pages import Output

_PATIENCE: Final = 5.0  # seconds in which a function has usually done it
_MOST: Final = 5  # objects that are named


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=candidates.sources)
@click.option("--wait", is_flag=True, help="until all is in sync that comes by waiting")
@click.option("--timeout", "limit", type=Duration(), default="1m", help="of --wait, as 90s or 5m")
@options
def sync(sources: tuple[str, ...], site: Site, output: Output, *, wait: bool, limit: float) -> int:
    """Have kn-mirror look now, by an event through its Broker, and show what came of it.

    SOURCE is name, namespace/name or secret/name. Without any: the namespace that is meant, or with
    -A the whole cluster. It takes the right to create services/proxy where the Broker's ingress is.

    Exit code 0: all is in sync; 1: something is not, and with --wait does not come by waiting, such
    as what is blocked; 124: --wait ran out of time; else: an error.
    """
    question = Question.of(
        sources,
        namespace=site.namespace,
        everywhere=site.is_everywhere,
        kinds=site.limits.kinds,
    )

    output.progress.say("kn-mirror looks at it")
    errand = _Errand(site, question)
    wanted = [*_wakings(site, errand.look())]
    errand.send(wanted)
    answer = until(errand.is_over, errand.look, min(limit, _PATIENCE))
    if wait and errand.is_left_to_a_resync(answer):
        errand.send([wakings.of_everything(site.installation.namespace)])
    if wait and not errand.is_over(answer):
        answer = until(errand.is_over, errand.look, max(0.0, limit - _PATIENCE))
    status_page(answer, datetime.now(UTC)).show(output)
    code, is_over = exit_code(answer), errand.is_over(answer)
    if wait and not is_over:
        click.echo(printable(f"After {limit:g} s {_left(answer)}"), err=True)
        return TIMED_OUT
    if wait and answer.left:
        click.echo(printable(f"What is left does not come by waiting: {_named(answer)}."), err=True)
    return code


class _Errand:
    """What is to be done, and whether it is.

    Args:
        site: the cluster.
        question: what is asked about.
    """

    def __init__(self, site: Site, question: Question) -> None:
        self._site, self._question = site, question
        self._resync, self._is_whole = _last_resync(site), False

    def send(self, wanted: Sequence[Waking]) -> None:
        """Have functions do it."""
        for waking in wanted:
            wakings.send(self._site, waking)
        self._is_whole |= bool(self._resync) and any(each.kind == "Pod" for each in wanted)

    def look(self) -> Answer:
        """See how it is."""
        site, at = self._site, datetime.now(UTC)
        survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, at)
        return survey.answer(self._question)

    @property
    def is_resynced(self) -> bool:
        """Whether a resync that was sent for has ended, as far as that may be seen."""
        return not self._is_whole or _last_resync(self._site) != self._resync

    def is_over(self, answer: Answer) -> bool:
        """Whether nothing is left that comes by waiting."""
        return not any(each.is_due for each in answer.left) and self.is_resynced

    def is_left_to_a_resync(self, answer: Answer) -> bool:
        """Whether nobody but a resync sees that nothing is to be done of what is left."""
        due = [each for each in answer.left if each.is_due]
        is_pending = bool(due) and all(each.state is State.PENDING for each in due)
        return is_pending and not self._is_whole


def _left(answer: Answer) -> str:
    """Say what has not come."""
    if any(each.is_due for each in answer.left):
        return f"still not in sync: {_named(answer)}."
    return "the resync that was asked for has not ended."


def _named(answer: Answer) -> str:
    counts = Counter(each.state for each in answer.left)
    said = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
    names = sorted(str(each.ref) for each in answer.left)
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{said}: {', '.join(names[:_MOST])}{more}"


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
    elif before.is_nowhere:
        raise SettingError(f"There is no namespace {question.namespace}.")
    elif question.namespace:
        yield wakings.of_namespace(question.namespace)
        yield from (wakings.of_source(row.ref) for row in before.rows)
    else:
        yield wakings.of_everything(site.installation.namespace)
