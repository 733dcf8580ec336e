"""Completion, as kubectl asks a plugin for it.

kubectl runs `kubectl_complete-NAME` with the words so far, the last of which is to be completed. It
is answered by a candidate a line, with a tab before what is said of it, and at the end by a colon
and what the shell is to do besides:
https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import ShellComplete

from kubectl_mirror.commands import PROGRAM, mirror
from kubectl_mirror.showing.tables import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# What cobra, by which kubectl completes, calls directives; they may be added up.
_NO_SPACE: Final = 2
_NO_FILES: Final = 4
_FILES: Final = 0
_FOLDERS: Final = 16


def complete(words: Sequence[str]) -> int:
    """Print what the last of the words may become; return the exit code.

    Nothing is said of what goes wrong: whoever completes has not asked yet.
    """
    *before, begun = words or [""]
    found: Sequence[CompletionItem[str]] = ()
    with suppress(Exception):
        found = ShellComplete(mirror, {}, PROGRAM, "").get_completions(before, begun)
    for item in found:
        # A line of its own would be another candidate, or what the shell is to do.
        if item.type == "plain" and item.value.isprintable():
            said = f"\t{printable(item.help)}" if item.help else ""
            click.echo(f"{item.value}{said}")
    click.echo(f":{_directive(found)}")
    return 0


def _directive(found: Sequence[CompletionItem[str]]) -> int:
    types = {item.type for item in found}
    if "file" in types:
        return _FILES
    if "dir" in types:
        return _FOLDERS
    goes_on = bool(found) and all(item.value.endswith("/") for item in found)
    return _NO_FILES + (_NO_SPACE if goes_on else 0)
