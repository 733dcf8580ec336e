"""The first process of a machine: it furnishes the namespaces that it finds itself in.

Afterwards it takes in orphans. When it is killed, the kernel kills every process of the machine and
takes its mounts and interfaces away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Furnish the machine whose folder is the argument, and stay."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    folder = Path(sys.argv[1])
    _furnish(folder)
    (folder / "furnished").touch()
    while True:
        signal.sigwait({signal.SIGCHLD})
        _reap()


def _furnish(folder: Path) -> None:
    # kubelet mounts volumes that containers have to see.
    _run("mount", "--make-rshared", "/")
    # Sockets and network namespaces are below the one; below the other are folders that kubelet
    # and plugins write to, whatever they are told.
    for place in ("/run", "/var/lib"):
        _run("mount", "-t", "tmpfs", "tmpfs", place)
    Path("/run/lock").mkdir()
    logs = folder / "logs"
    logs.mkdir()
    _run("mount", "--bind", str(logs), "/var/log")
    _run("ip", "link", "set", "lo", "up")
    # Pods send to each other and to Services through the machine.
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 (commands are this module's own)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    main()
