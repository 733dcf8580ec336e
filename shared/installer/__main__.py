"""`python -m installer`: what `make install` and `make uninstall` do.

Options are named as make's variables, and read from the environment, where make leaves them.
"""

from __future__ import annotations

import argparse
import os
import sys

from endings import end_in_order, end_with
from installer.clusters import Cluster
from installer.errors import InstallerError
from installer.images import Delivery
from installer.installing import install, next_steps
from installer.uninstalling import uninstall
from kubectl_mirror.commands import main as doctor
from kubectl_mirror.showing.tables import printable


def main() -> int:
    """Do it; return the exit code."""
    options = _options()
    end_in_order()
    if options.ends_with:
        end_with(options.ends_with)
    cluster = Cluster(_set("CONTEXT"), _set("KUBECTL") or "kubectl")
    try:
        if options.what == "install":
            install(
                cluster, _delivery(), overlay=_set("OVERLAY"), proof=_set("PROOF") != "no", say=_say
            )
            # What it finds besides is for whoever installs to weigh: kn-mirror has proved itself.
            doctor(["doctor", *(["--context", cluster.context] if cluster.context else [])])
            _say(next_steps(cluster))
        else:
            mirrors = _set("MIRRORS") == "delete"
            uninstall(cluster, overlay=_set("OVERLAY"), mirrors=mirrors, say=_say)
    except InstallerError as error:
        sys.stderr.write(f"{_printable(str(error))}\n")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m installer")
    parser.add_argument("what", choices=["install", "uninstall"])
    parser.add_argument(
        "--ends-with", type=int, metavar="PROCESS", help="the number of one after which it ends"
    )
    return parser.parse_args()


def _delivery() -> Delivery:
    return Delivery(
        builder=_set("BUILDER"),
        registry=_set("REGISTRY"),
        loader=_set("LOAD"),
        cluster_name=_set("CLUSTER"),
        ctr=_set("CTR") or "ctr",
    )


def _set(name: str) -> str:
    return os.environ.get(name, "").strip()


def _printable(text: str) -> str:
    """Write out what a terminal would obey of what clusters and kubectl say, but not lines."""
    return "\n".join(map(printable, text.split("\n")))


def _say(line: str) -> None:
    sys.stdout.write(f"{_printable(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
