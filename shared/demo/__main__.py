"""`python -m demo`: the story of a certificate, live."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from demo.casts import Cast
from demo.clusters import RefusedError, Stage
from demo.contexts import ContextError, write_kubeconfig
from demo.plays import Play, installed
from endings import end_in_order, end_with
from mirroring.errors import MirroringError
from sandbox import Sandbox
from sandbox.processes import ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUESTION = """\
The story will be played on the cluster of context {context!r}: it makes {count} namespaces whose
names begin with kn-mirror-demo-, Secrets in them, and removes them in the end. The functions run
on this machine, with your own rights. Nothing else is touched.
Go on? [y/N] """


def main() -> int:
    """Play the story; return the exit code."""
    options = _options()
    end_in_order()
    if options.ends_with:
        end_with(options.ends_with)
    console = Console(highlight=False)
    try:
        with tempfile.TemporaryDirectory(prefix="kn-mirror-demo-") as folder:
            if options.context:
                return _on_cluster(options, Path(folder), console)
            return _in_sandbox(Path(folder), console)
    except ContextError as error:
        console.print(str(error), style="red")
        return 2
    except (MirroringError, ProcessError, RefusedError) as error:
        console.print(str(error), style="red")
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Plays the story of a certificate and its mirrors, live: in a sandbox, or on "
        "a cluster of yours, in namespaces of its own.",
    )
    parser.add_argument("--context", help="of your kubeconfig; without it the sandbox is used")
    parser.add_argument("--yes", action="store_true", help="do not ask before a cluster is used")
    parser.add_argument(
        "--ends-with", type=int, metavar="PROCESS", help="the number of one after which it ends"
    )
    return parser.parse_args()


def _in_sandbox(folder: Path, console: Console) -> int:
    kubeconfig = folder / "kubeconfig"
    with Sandbox.running() as sandbox:
        sandbox.write_kubeconfig(kubeconfig)
        return _play(kubeconfig, folder, Cast.of_sandbox(), console)


def _on_cluster(options: argparse.Namespace, folder: Path, console: Console) -> int:
    kubeconfig, cast = folder / "kubeconfig", Cast.of_cluster()
    write_kubeconfig(options.context, kubeconfig)
    question = _QUESTION.format(context=options.context, count=len(cast.namespaces))
    if not options.yes and not _agrees(question):
        console.print("Nothing was done.")
        return 1
    stage = Stage(kubeconfig)
    if taken := sorted(set(stage.namespaces()) & set(cast.namespaces)):
        console.print(f"There are such namespaces already: {', '.join(taken)}. Delete them first.")
        return 1
    with _cleared(stage, cast):
        return _play(kubeconfig, folder, cast, console)


def _agrees(question: str) -> bool:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def _cleared(stage: Stage, cast: Cast) -> Iterator[None]:
    """Remove the namespaces of the story, however it ended."""
    try:
        yield
    finally:
        for name in set(stage.namespaces()) & set(cast.namespaces):
            stage.delete_namespace(name)


def _play(kubeconfig: Path, folder: Path, cast: Cast, console: Console) -> int:
    with installed(kubeconfig, folder, cast) as functions:
        if Play(Stage(kubeconfig), cast, console).perform():
            return 0
        for each in functions:
            console.print(f"{each.err.stem} said last:\n{each.tail()}", markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(main())
