"""The commands, each in a module of its name that is imported when it is asked for."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from kubectl_mirror import VERSION
from kubectl_mirror.showing.tables import printable
from mirroring.errors import ApiError, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM: Final = "kubectl mirror"  # as people call it, unless they call it otherwise
ERROR: Final = 2  # exit code; 0 and 1 are answers
INTERRUPTED: Final = 130
_SHORT: Final = re.compile(r"(-[a-zA-Z])=(.*)", re.DOTALL)

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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Name those that begin so, without importing them."""
        found = [name for name in COMMANDS if name.startswith(incomplete)]
        options = super(click.Group, self).shell_complete(ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in found), *options]

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.command(
    cls=Commands,
    name=PROGRAM,
    context_settings={"max_content_width": 100},
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, help="Say which one this is.")
@click.pass_context
def mirror(context: click.Context, *, version: bool) -> None:
    """Ask a cluster what kn-mirror mirrors, why, and what it would do.

    Nothing is written, and of Secrets and ConfigMaps no content is read.
    """
    if version:
        click.echo(f"{context.info_name} {VERSION}")
        context.exit()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str], program: str = PROGRAM) -> int:
    """Run a command; return its exit code: 0 and 1 are answers, more is an error.

    Args:
        arguments: the command and what follows.
        program: what people call, as its help is to say.
    """
    try:
        code = mirror.main(
            [*_as_click_reads(arguments)], program, standalone_mode=False, color=_colour()
        )
    except Exception as error:
        return _ended_by(error)
    return code if isinstance(code, int) else 0


def _colour() -> bool | None:
    """Say that there are to be no colours where somebody says so; else a terminal has them."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if is_plain else None


def _ended_by(error: Exception) -> int:
    """Say what ended a command, where that is for somebody to know."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return _closed()
    click.echo(f"error: {printable(_said(error))}", err=True)
    return ERROR


def _said(error: Exception) -> str:
    if isinstance(error, ApiError):
        return f"{error} ({error.code.value})"
    if not isinstance(error, click.ClickException):
        return account_of(error)
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" See {context.command_path} --help." if context else ""
    return f"{error.format_message()}{hint}"


def _as_click_reads(arguments: Sequence[str]) -> Iterator[str]:
    """Part what kubectl takes in one word and click does not: `-o=json`."""
    for each in arguments:
        match = _SHORT.fullmatch(each)
        yield from (match.groups() if match else (each,))


def _closed() -> int:
    """End as others do whose reader has gone, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
