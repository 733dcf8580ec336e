"""`python -m kubectl_mirror`."""

from __future__ import annotations

import sys

from kubectl_mirror.programs import main

if __name__ == "__main__":
    sys.exit(main())
