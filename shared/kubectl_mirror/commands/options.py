"""The options that commands share: kubectl's own, by kubectl's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from kubectl_mirror.access.clusters import Flags
from kubectl_mirror.access.sites import Site
from kubectl_mirror.commands import candidates
from kubectl_mirror.showing.pages import Output
from kubectl_mirror.showing.progress import Progress
from kubectl_mirror.showing.tables import printable
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from kubectl_mirror.asking.answers import Answer

IN_SYNC: Final = 0  # exit codes
DIFFERENCES: Final = 1
UNSEEN: Final = 2  # not all of it could be seen, and nothing else differs
FORMATS: Final = ("table", "wide", "json", "yaml", "name")

_CLUSTER: Final = (
    click.option(
        "--kubeconfig", type=click.Path(), metavar="FILE", default="", help="the kubeconfig"
    ),
    click.option(
        "--context",
        metavar="NAME",
        default="",
        help="of the kubeconfig",
        shell_complete=candidates.contexts,
    ),
    click.option(
        "--cluster",
        metavar="NAME",
        default="",
        help="in place of the context's",
        shell_complete=candidates.clusters,
    ),
    click.option(
        "--user",
        metavar="NAME",
        default="",
        help="in place of the context's",
        shell_complete=candidates.users,
    ),
    click.option("-s", "--server", metavar="URL", default="", help="in place of the cluster's"),
    click.option("--token", metavar="TOKEN", default="", help="in place of the user's"),
    click.option("--as", "impersonated", metavar="NAME", default="", help="ask as somebody else"),
    click.option("--as-group", "groups", metavar="NAME", multiple=True, help="likewise"),
    click.option(
        "--request-timeout", "timeout", metavar="TIME", default="0", help="of each request, as 5s"
    ),
)
_OTHERS: Final = (
    click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        default="",
        help="the one that is meant",
        shell_complete=candidates.namespaces,
    ),
    click.option("-A", "--all-namespaces", is_flag=True, help="all of them"),
    click.option("--no-headers", is_flag=True, help="a table without its first line"),
    click.option(
        "--installed-in",
        metavar="NAMESPACE",
        default="kn-mirror",
        envvar="KN_MIRROR_NAMESPACE",
        help="kn-mirror's own namespace",
        shell_complete=candidates.namespaces,
    ),
)


Command = Callable[..., int]


def options(command: Command) -> Command:
    """Give a command the options that all of them have: it is given what they mean.

    It does not begin where kn-mirror has settings that cannot be meant.
    """
    return options_with()(command)


def options_with(*formats: str) -> Callable[[Command], Command]:
    """Do the same for a command that can be shown in more formats."""

    def with_formats(command: Command) -> Command:
        @wraps(command)
        def settled(*, site: Site, **given: Any) -> int:
            if site.installation.wrong:
                raise SettingError(site.installation.wrong)
            code = command(site=site, **given)
            # Where nothing could be judged, nothing was by the settings.
            if code != UNSEEN:
                tell_which_settings_are_taken(site)
            return code

        return _with_options(settled, formats)

    return with_formats


def tell_which_settings_are_taken(site: Site) -> None:
    """Say of what kn-mirror's settings could not be read that others are taken."""
    if because := site.installation.unknown_because:
        click.echo(f"The usual settings are taken: {because}.", err=True)


def tell_whom_commands_are_for(site: Site) -> None:
    """Say what commands that were named have to be given: by themselves they mean another cluster.

    Args:
        site: that they were named for.
    """
    if site.flags:
        said = f"The commands are for the cluster that was asked: give them {site.flags}, too."
        click.echo(printable(said), err=True)


def exit_code(answer: Answer) -> int:
    """Return the exit code that says how what somebody asked about is."""
    if answer.missing or answer.is_nowhere:
        return DIFFERENCES
    if answer.is_unseen:
        return UNSEEN
    return IN_SYNC if answer.is_well else DIFFERENCES


def options_of_any(command: Command) -> Command:
    """Give a command the same options, whatever kn-mirror's settings are."""
    return _with_options(command, ())


def _with_options(command: Command, formats: Sequence[str]) -> Command:
    output = click.option(
        "-o",
        "--output",
        type=click.Choice((*FORMATS, *formats)),
        default="table",
        help="how it is shown",
    )

    @wraps(command)
    def with_options(**given: Any) -> int:
        names = Flags.__dataclass_fields__
        flags = Flags(**{name: given.pop(name) for name in [*given] if name in names})
        with Progress("Looking at the cluster") as progress:
            site = Site.of(
                flags,
                namespace=given.pop("namespace"),
                everywhere=given.pop("all_namespaces"),
                installed_in=given.pop("installed_in"),
                now=datetime.now(UTC),
            )
            shown = Output(given.pop("output"), not given.pop("no_headers"), progress)
            return command(site=site, output=shown, **given)

    made: Command = with_options
    for option in reversed((output, *_OTHERS, *_CLUSTER)):
        made = option(made)
    return made
