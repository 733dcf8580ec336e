"""`kubectl mirror migrate`: what would change on the day of the switch from another tool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.former_tools import deployed
from kubectl_mirror.asking.migrations import migration
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands.options import (
    DIFFERENCES,
    IN_SYNC,
    options_with,
    tell_whom_commands_are_for,
)
from kubectl_mirror.showing.migrations import migration_page
from mirroring.errors import SettingError
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.former_tools import Deployed
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.option("--all", "show_all", is_flag=True, help="each of many mirrors that share a fate")
@options_with("manifests")
def migrate(site: Site, output: Output, *, show_all: bool) -> int:
    """Say what would change on the day on which kn-mirror takes over, and what to run then.

    From Reflector, whose annotations are kn-mirror's, from kubernetes-replicator and config-syncer,
    whose annotations are translated; -o manifests writes these out. The whole cluster is looked
    at, whatever namespace is meant. Nothing is written.

    Exit code 0: nobody would notice; 1: something changes, or is to be done; more: it could not be
    seen.
    """
    tools = deployed(site.transport)
    site = _as_set(site, tools or ())
    survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, site.now)
    found = migration(survey)
    is_installed = not site.installation.unknown_because
    page = migration_page(found, tools, is_installed=is_installed, show_all=show_all)
    page.show(output)
    tell_whom_commands_are_for(site)
    return IN_SYNC if found.is_quiet else DIFFERENCES


def _as_set(site: Site, tools: Sequence[Deployed]) -> Site:
    """Take the settings that the former tool has, where kn-mirror has none yet.

    Raises:
        SettingError: one of them is not allowed.
    """
    found = [each for each in tools if each.settings]
    # Of several, which may be anybody's, none says how kn-mirror is to be set.
    if not site.installation.unknown_because or len(found) != 1:
        return site
    [tool] = found
    try:
        known = Settings.from_environment(tool.settings)
    except SettingError as error:
        raise SettingError(f"Deployment {tool.namespace}/{tool.name}: {error}") from error
    return replace(site, installation=replace(site.installation, settings=known))
