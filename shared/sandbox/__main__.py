"""`python -m sandbox`: serve the sandbox until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from sandbox import Sandbox


def main() -> None:
    """Serve, and say how kubectl gets there."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=Sandbox.__doc__)
    parser.add_argument("--port", type=int, default=8001, help="to listen on; 0 for a free one")
    parser.add_argument("--kubeconfig", type=Path, help="file to write for its clients")
    options = parser.parse_args()
    with Sandbox.running(port=options.port) as sandbox:
        sys.stdout.write(f"Sandbox at {sandbox.url}: kubectl --server {sandbox.url} get secrets\n")
        sys.stdout.flush()
        if options.kubeconfig:
            sandbox.write_kubeconfig(options.kubeconfig)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
