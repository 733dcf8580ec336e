"""`kubectl mirror status`: which mirrors are there, which are not, and which are not as they should be."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click
import yaml

from mirroring.cluster.leases import LeaseKeeper
from mirroring.cluster.reading import ApiReader
from mirroring.names import REFLECTED_AT
from mirroring.objects.references import MIRRORED_KINDS, Ref
from mirroring.planning.scopes import Scope

from kubectl_mirror.access.clusters import transport_to
from kubectl_mirror.access.installations import Installation
from kubectl_mirror.asking.states import State
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands.options import options
from kubectl_mirror.showing.ages import age
from kubectl_mirror.showing.tables import Text, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.access.clusters import Flags
    from kubectl_mirror.asking.surveys import Mirror, Row

IN_SYNC: Final = 0
DIFFERENCES: Final = 1

_COLOURS: Final = {
    State.IN_SYNC: "green",
    State.BEHIND: "yellow",
    State.EDITED: "yellow",
    State.LEAVING: "yellow",
}


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@options
def status(
    sources: tuple[str, ...],
    flags: Flags,
    namespace: str,
    output: str,
    installed_in: str,
    *,
    all_namespaces: bool,
    no_headers: bool,
) -> None:
    """Say of sources which mirrors are there, and how they are.

    SOURCE is namespace/name, or a name in the namespace that is meant; without any, all sources of
    that namespace, or with -A of all. Of one SOURCE each mirror is shown. Exit code 0: all is in
    sync; 1: something is not; more: it could not be seen.
    """
    context = flags.chosen()
    transport = transport_to(context, flags)
    installation = Installation.read(transport, installed_in)
    if installation.unknown_because:
        click.echo(f"The usual settings are taken: {installation.unknown_because}.", err=True)
    now = datetime.now(UTC)
    limits = installation.settings.limits.of(installed_in)
    survey = Survey(ApiReader(transport), limits, LeaseKeeper(transport), installed_in, now)
    meant = namespace or context.namespace
    named = [_ref(each, meant) for each in sources]
    rows = [row for scope in _scopes(named, limits.kinds) for row in survey.rows(scope)]
    if not named and not all_namespaces:
        rows = [row for row in rows if row.ref.namespace == meant]
    _show(rows, output, now, has_heads=not no_headers, is_alone=len(named) == 1)
    sys.exit(IN_SYNC if all(row.is_well for row in rows) else DIFFERENCES)


def _ref(text: str, namespace: str) -> tuple[str, str]:
    """Read what somebody calls a source; `secret/name` is one in the namespace that is meant."""
    before, slash, name = text.rpartition("/")
    return (before, name) if slash else (namespace, name)


def _scopes(named: Sequence[tuple[str, str]], kinds: Sequence[Kind]) -> Iterator[Scope]:
    for kind in kinds:
        refs = frozenset(Ref(kind, *each) for each in named)
        yield Scope(kind, refs) if refs else Scope(kind)
