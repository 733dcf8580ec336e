"""Compiles what Python would compile at every start in an image that nothing can be written to.

    python3 bytecode.py [FOLDER]

The Dockerfile runs it, on the standard library and on this project. Bytecode is taken as it is, not
compared with the source's time, which building and copying images may change.
"""

import compileall
import sys
import sysconfig
from pathlib import Path
from py_compile import PycInvalidationMode


def compile_folder(folder: Path) -> None:
    """Write the bytecode of every module below `folder`.

    Raises:
        SystemExit: one does not compile.
    """
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(folder, maxlevels=20, quiet=1, invalidation_mode=unchecked):
        sys.exit(f"{folder}: not all of it compiles")


if __name__ == "__main__":
    compile_folder(Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")))
