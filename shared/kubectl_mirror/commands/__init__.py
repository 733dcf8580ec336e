"""The commands, each in a module of its name that is imported when it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from kubectl_mirror.showing.tables import printable
from mirroring.errors import account_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ERROR: Final = 2  # exit code; 0 and 1 are answers
INTERRUPTED: Final = 130

# Each with what it is for: to list them nothing needs to be imported.
COMMANDS: Final = {
    "status": "Which mirrors are there, and how they are.",
    "explain": "Why a mirror is there, or is not.",
    "plan": "What would be done, if manifests were applied, or by the next resync.",
    "sync": "Have it done now.",
    "doctor": "Whether kn-mirror is well, and what mends what is not.",
    "tree": "Sources with what is mirrored from them, as a picture.",
    "log": "What the functions that run now did, and why.",
    "migrate": "What would change on the day of the switch from Reflector and others.",
}


class Commands(click.Group):
    """Commands that are imported one by one."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Name them, in the order in which somebody would want them."""
        return [*COMMANDS]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import one; None when there is none of that name."""
        if name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.command(cls=Commands, name="kubectl mirror", context_settings={"max_content_width": 100})
def mirror() -> None:
    """Ask a cluster what kn-mirror mirrors, why, and what it would do.

    Nothing is written, and of Secrets and ConfigMaps no content is read.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 and 1 are answers, more is an error."""
    try:
        # Who wants no colours says so by this (https://no-color.org), which click does not heed.
        color = False if os.environ.get("NO_COLOR") else None
        code = mirror.main(arguments and [*arguments], standalone_mode=False, color=color)
    except Exception as error:
        return _ended_by(error)
    return code if isinstance(code, int) else 0


def _ended_by(error: Exception) -> int:
    """Say what ended a command, where that is for somebody to know."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return _closed()
    if isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(f"error: {printable(account_of(error))}", err=True)
    return ERROR


def _closed() -> int:
    """End as others do whose reader has gone, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
