"""`python -m kubectl_mirror`, and what the installed commands start."""

from __future__ import annotations

import sys

from kubectl_mirror.commands import main

if __name__ == "__main__":
    sys.exit(main())
