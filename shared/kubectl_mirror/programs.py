"""The programs that are installed; one for all, which knows by its own name what it is to be.

`kubectl-mirror` is found by kubectl, `kn-mirror` by kn and by people, and `kubectl_complete-mirror`
by kubectl where somebody wants a word completed. Under any name besides, as krew's
`kubectl-kn_mirror`, it is as good.
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import Final

from kubectl_mirror.commands import PROGRAM
from kubectl_mirror.commands import main as run

_PLUGIN: Final = "kubectl-"
_COMPLETES: Final = "kubectl_complete-"
_OWN: Final = "kn-mirror"
# Seconds: whoever decodes a page has the others, who read the next ones, wait for so long.
_SWITCH: Final = 0.0005


def main() -> int:
    """Do what is asked on the command line; return the exit code."""
    sys.setswitchinterval(_SWITCH)
    name, arguments = PurePath(sys.argv[0]).name, sys.argv[1:]
    if name.startswith(_COMPLETES):
        from kubectl_mirror.completion import complete  # noqa: PLC0415 (no command needs it)

        return complete(arguments)
    return run(arguments, called(name))


def called(name: str) -> str:
    """Say how people call a program of this name: kubectl reads `_` in it as `-`."""
    name = name.removesuffix(".pyz").removesuffix(".exe")
    if name.startswith(_PLUGIN):
        return f"kubectl {name.removeprefix(_PLUGIN).replace('_', '-')}"
    return _OWN if name == _OWN else PROGRAM
