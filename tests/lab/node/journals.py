"""What containers said, kept beyond the end of their pods."""

from __future__ import annotations

import glob
import os
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a container wrote.

    Args:
        time: when, as in `2026-11-25T10:31:48.645131337Z`.
        stream: `stdout` or `stderr`.
        text: the line, without its end.
    """

    time: str
    stream: str
    text: str


class Journal:
    """The log of one container, as kubelet has it written, from its beginning on.

    Args:
        file: kept even when kubelet removes it.
        pod: the name of the pod.
        container: the name of the container.
    """

    def __init__(self, file: Path, *, pod: str, container: str) -> None:
        self.file = file
        self.pod = pod
        self.container = container
        self._lines: list[Line] = []
        self._begun = ""
        self._read = 0

    def lines(self) -> list[Line]:
        """Return all whole lines so far."""
        with self.file.open("rb") as file:
            file.seek(self._read)
            for written in file:
                if not written.endswith(b"\n"):
                    break
                self._read += len(written)
                self._take(written.decode(errors="replace"))
        return self._lines

    def _take(self, written: str) -> None:
        time, stream, tag, text = written.rstrip("\n").split(" ", 3)
        self._begun += text
        # A long line comes in parts; the last of them is tagged F.
        if tag == "F":
            self._lines.append(Line(time, stream, self._begun))
            self._begun = ""


class Journals:
    """The logs of all containers of a machine.

    Args:
        pods: where kubelet has them written.
        kept: a folder on the same file system, to keep them in.
    """

    def __init__(self, pods: Path, kept: Path) -> None:
        self._pods = pods
        self._kept = kept
        self._journals: dict[str, Journal] = {}

    def of(self, namespace: str, container: str, *, pod: str = "") -> list[Journal]:
        """Return the logs of a container, of all pods of a namespace whose name begins so."""
        prefix = f"{namespace}_{pod}"
        return [
            journal
            for name, journal in sorted(self._journals.items())
            if name.startswith(prefix) and journal.container == container
        ]

    def collected(self) -> dict[str, bytes]:
        """Return everything that any container said."""
        return {name: each.file.read_bytes() for name, each in sorted(self._journals.items())}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep every log that comes up while the context lasts."""
        self._kept.mkdir()
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep_until, args=(ended,), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _keep_until(self, ended: threading.Event) -> None:
        while not ended.wait(_PAUSE):
            # Not by Path.glob, which fails where a folder goes while it looks.
            for path in glob.iglob("*/*/*.log", root_dir=self._pods):  # noqa: PTH207 (as said)
                with suppress(FileNotFoundError):
                    self._keep(self._pods / path)

    def _keep(self, file: Path) -> None:
        folder = file.parent.parent.name
        name = f"{folder}_{file.parent.name}_{file.name}"
        if name not in self._journals:
            os.link(file, self._kept / name)
            pod = folder.split("_")[1]
            container = file.parent.name
            self._journals[name] = Journal(self._kept / name, pod=pod, container=container)
