"""Compiles what Python would compile at every start in an image that nothing can be written to.

    python3 bytecode.py [FOLDER]

The Dockerfile runs it, on the standard library and on this project. Bytecode is taken as it is, not
compared with the source's time, which building and copying images may change.
"""

from __future__ import annotations

import compileall
import re
import sys
import sysconfig
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

_TESTS: Final = re.compile("/tests?/")


def compile_folder(folder: Path) -> None:
    """Write the bytecode of every module below `folder` that is no test.

    Raises:
        SystemExit: one does not compile.
    """
    compiled = compileall.compile_dir(
        folder, quiet=1, rx=_TESTS, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )
    if not compiled:
        sys.exit(f"{folder}: not all of it compiles")


if __name__ == "__main__":
    compile_folder(Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")))
