"""`kubectl mirror log`: what the functions that run now did, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from kubectl_mirror.asking.logs import FunctionLogs
from kubectl_mirror.commands.options import IN_SYNC, options
from kubectl_mirror.showing.documents import as_yaml
from kubectl_mirror.showing.logs import Telling, objects_of
from kubectl_mirror.showing.tables import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.logs import Line
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.option("-f", "--follow", is_flag=True, help="go on with what comes")
@click.option("--tail", type=click.IntRange(min=1), default=None, help="lines of each Pod at first")
@click.option("--all", "has_all", is_flag=True, help="lines that are no audit lines, too")
@options
def log(site: Site, output: Output, *, follow: bool, tail: int | None, has_all: bool) -> int:
    """Say what the functions that run now did, one line an event, and below it what it changed.

    Functions scale to zero when nothing happens: what they said before is where the cluster keeps
    logs, if it does. -o json passes the lines on as they are, but for what a terminal would obey.

    Exit code 0, whatever they say; more than 1: it could not be read.
    """
    logs = FunctionLogs(site.transport, site.streams, site.installation.namespace, tail or 0)
    has_pods = bool(logs.pods())
    output.progress.end()
    if not has_pods:
        click.echo(_nobody(site.installation.namespace, follow=follow), err=True)
    lines = logs.following() if follow else iter(logs.past())
    for text in _shown(lines, output, has_all=has_all):
        click.echo(text)
    return IN_SYNC


def _nobody(namespace: str, *, follow: bool) -> str:
    waiting = "The next event is waited for." if follow else "-f waits for the next event."
    return (
        f"No function runs in namespace {namespace}: they scale to zero between events. What they "
        f"said is where the cluster keeps its logs, see docs/audit-log.md. {waiting}"
    )


def _shown(lines: Iterable[Line], output: Output, *, has_all: bool) -> Iterator[str]:
    if output.format == "json":
        yield from (_passed_on(line) for line in lines if line.entry or has_all)
    elif output.format == "yaml":
        yield from (_document(line.entry) for line in lines if line.entry)
    elif output.format == "name":
        yield from objects_of(lines)
    else:
        telling = Telling(is_wide=output.format == "wide", has_all=has_all)
        for line in lines:
            yield from telling.tell(line)
        yield from telling.rest()


def _passed_on(line: Line) -> str:
    """Return a line as it was written, but for what a terminal would obey."""
    if line.text.isprintable():
        return line.text
    return json.dumps(line.entry) if line.entry else printable(line.text)


def _document(entry: Any) -> str:
    return "\n".join(["---", *as_yaml(entry)])
