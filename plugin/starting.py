"""What `python3 kubectl-mirror.pyz` starts: finds a Python that is new enough, and goes on with it.

It is read by Pythons from 3.7 on, so that they can say which one is wanted.
"""

from __future__ import annotations

import os
import shutil
import sys

NEWEST, OLDEST = 14, 11  # minor versions of Python 3 that the zipapp has packages for


def main() -> int:
    """Start the command; return its exit code."""
    if sys.version_info < (3, OLDEST):
        return _go_on_elsewhere()
    from plugin.unpacking import start  # noqa: PLC0415 (older Pythons cannot read it)

    return start(sys.path[0])


def _go_on_elsewhere() -> int:
    for minor in range(NEWEST, OLDEST - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])  # noqa: S606 (nothing of a shell is in it)
    sys.stderr.write(
        f"error: kubectl mirror needs Python 3.{OLDEST} or newer, and {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Install a newer one.\n"
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
