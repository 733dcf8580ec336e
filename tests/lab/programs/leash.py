"""Runs a command that ends when its starter does, however that comes to its end.

The starter holds the other end of this process's standard input and never writes to it. The
kernel closes that end even when the starter is killed: the end of input is the word to kill.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main() -> int:
    """Run the command that the arguments are; return its exit code."""
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 (runs what it is told to)
    threading.Thread(target=_kill_at_end_of_input, args=(command,), daemon=True).start()
    return command.wait()


def _kill_at_end_of_input(command: subprocess.Popen[bytes]) -> None:
    # Not by `sys.stdin`, whose lock this thread would still hold when the interpreter ends.
    os.read(sys.stdin.fileno(), 1)
    command.kill()


if __name__ == "__main__":
    sys.exit(main())
