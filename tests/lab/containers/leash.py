"""Runs a container that ends when its starter does, however that comes to its end.

    leash.py runc BUNDLE NAME

Like programs/leash.py, but the container would outlive runc: runc is told to delete it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main(runc: str, bundle: str, name: str) -> int:
    """Run the container; return its exit code."""
    command = [runc, "--root", f"{bundle}/state"]
    container = subprocess.Popen(  # noqa: S603 (runs what it is told to)
        [*command, "run", "--bundle", bundle, name], stdin=subprocess.DEVNULL
    )
    delete = [*command, "delete", "--force", name]
    threading.Thread(target=_run_at_end_of_input, args=(delete,), daemon=True).start()
    return container.wait()


def _run_at_end_of_input(command: list[str]) -> None:
    # Not by `sys.stdin`, whose lock this thread would still hold when the interpreter ends.
    os.read(sys.stdin.fileno(), 1)
    subprocess.run(command, check=False)  # noqa: S603 (about what it was told to run)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
