"""Lets every user read a folder, and only its owner write to it, whatever the checkout was like.

    python3 permissions.py FOLDER

The Dockerfile runs it: COPY keeps the modes of files, and where the umask is 077 nobody else may
read a checkout; in the image the owner is root, and who runs the functions is not.
"""

from __future__ import annotations

import sys
from pathlib import Path


def open_to_readers(folder: Path) -> None:
    """Set the modes of everything below `folder`."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    open_to_readers(Path(sys.argv[1]))
