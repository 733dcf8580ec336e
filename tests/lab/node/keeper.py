"""Holds a machine by a leash: it ends when its starter does, and what is left of it goes, too.

As in programs/leash.py the end of input is the word to kill. A machine goes as a whole, by its
first process; what is no part of its namespaces, the control groups and the kernel's settings, is
restored here, where the starter's own end changes nothing.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

_CONTROL_GROUPS = Path("/sys/fs/cgroup")

# The host's end of the wire to the machine.
WIRE = "kn-mirror-node"

# What kubelet and containerd make below the root of each hierarchy.
_NAMES = ("kubepods", "k8s.io")

# What kubelet sets for the whole kernel.
_SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
_DEADLINE = 60

_starter_is_gone = threading.Event()


def main() -> int:
    """Run the first process of a machine: a Python file, and the machine's folder as its argument.

    Returns:
        1 when it ended by itself, which it should not.
    """
    folder = Path(sys.argv[2])
    taken = [str(path) for path in control_groups()]
    if taken:
        sys.stderr.write(f"a node is here already, by {', '.join(taken)}; end it first\n")
        return 1
    settings = {name: Path("/proc/sys", name).read_text() for name in _SETTINGS}
    try:
        _hold(sys.argv[1], folder)
    finally:
        for name, value in settings.items():
            Path("/proc/sys", name).write_text(value)
        _remove_control_groups()
        # The kernel would take it away, too, some time after the machine.
        subprocess.run(["ip", "link", "delete", WIRE], capture_output=True, check=False)  # noqa: S603, S607
        if _starter_is_gone.is_set():
            shutil.rmtree(folder, ignore_errors=True)
    return not _starter_is_gone.is_set()


def control_groups() -> list[Path]:
    """Return the control groups that a node has, in whichever version of them."""
    places = [_CONTROL_GROUPS, *_CONTROL_GROUPS.iterdir()]
    return [place / name for place in places for name in _NAMES if (place / name).is_dir()]


def _hold(first: str, folder: Path) -> None:
    unshare = subprocess.Popen(  # noqa: S603 (a command of this module's own)
        [
            *("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"),
            *(sys.executable, "-I", first, str(folder)),
        ],
        stdin=subprocess.DEVNULL,
    )
    children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
    while not (pid := children.read_text()) and unshare.poll() is None:
        time.sleep(0.01)
    if not pid:
        return
    descriptor = os.pidfd_open(int(pid))
    (folder / "pid").write_text(pid)
    threading.Thread(target=_kill_at_end_of_input, args=(unshare,), daemon=True).start()
    unshare.wait()
    # The first process of a machine is the last to be gone.
    select.select([descriptor], [], [], _DEADLINE)


def _kill_at_end_of_input(process: subprocess.Popen[bytes]) -> None:
    # Not by `sys.stdin`, whose lock this thread would still hold when the interpreter ends.
    os.read(sys.stdin.fileno(), 1)
    _starter_is_gone.set()
    process.kill()


def _remove_control_groups() -> None:
    for top in control_groups():
        # The kernel's files in it go with a control group; only groups within hold it.
        for folder, _, _ in os.walk(top, topdown=False):
            Path(folder).rmdir()


if __name__ == "__main__":
    sys.exit(main())
