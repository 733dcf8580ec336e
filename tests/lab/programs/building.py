"""Builds programs with Go, once a machine."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.lab.programs.cache import cache_folder, made_once
from tests.lab.programs.errors import ProgramError
from tests.lab.programs.modules import environment
from tests.lab.programs.toolchain import go

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.lab.programs.modules import Module

_TAIL: Final = 15

# Seconds between two looks at the compiler: often enough to be watched, seldom enough for a log.
_PAUSE_ON_A_TERMINAL: Final = 1
_PAUSE_IN_A_LOG: Final = 15


@dataclass(frozen=True, slots=True)
class Program:
    """A program that Go can build, and of what.

    Args:
        module: whose go.mod says with which versions.
        package: its import path.
        tags: of the build.
        stamps: variable → what the linker writes into it.
    """

    module: Module
    package: str
    tags: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its file, which tells it from the module's other programs."""
        _, is_one_of_many, name = self.package.rpartition("/cmd/")
        return name.replace("/", "-") if is_one_of_many else name.rpartition("/")[2]

    @property
    def flags(self) -> tuple[str, ...]:
        """What `go build` is told."""
        stamped = "".join(f" -X {name}={value}" for name, value in self.stamps.items())
        return (f"-tags={','.join(self.tags)}", f"-ldflags=-s -w{stamped}")

    @property
    def place(self) -> Path:
        """Where it is kept."""
        machine = f"{sys.platform} {platform.machine()}"
        made_of = "\n".join((self.module.identity, machine, *self.flags))
        key = hashlib.sha256(made_of.encode()).hexdigest()[:12]
        return cache_folder() / f"{self.module.name}-{key}" / self.name


def built(program: Program) -> Path:
    """Return where `program` is, compiled if it is not in the cache yet.

    Compiling takes minutes and shows its progress on the standard error stream.

    Raises:
        ProgramError: there is no Go, or it does not compile.
    """
    return made_once(program.place, lambda target: _compile(program, target))


def _compile(program: Program, target: Path) -> None:
    compiler = go()
    log = target.with_name(f"{program.name}.log")
    _show(f"{program.name}: finding out what to compile (the first time this fetches the sources)")
    folder = program.module.folder()
    with log.open("w") as output:
        stale = _stale_packages(compiler, program, folder)
        command = [str(compiler), "build", "-v", *program.flags, "-o", str(target), program.package]
        process = subprocess.Popen(command, cwd=folder, env=environment(), stderr=output)  # noqa: S603 (no input from outside)
        _watch(process, program.name, stale, log)
    if process.returncode:
        tail = "\n".join(log.read_text().splitlines()[-_TAIL:])
        raise ProgramError(f"{program.name} does not compile; all of it is in {log}:\n{tail}")


def _stale_packages(compiler: Path, program: Program, folder: Path) -> frozenset[str]:
    """Return what the compiler has not in its own cache."""
    asked = "-f={{if .Stale}}{{.ImportPath}}{{end}}"
    listed = subprocess.run(  # noqa: S603 (no input from outside)
        [compiler, "list", "-deps", *program.flags, asked, program.package],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise ProgramError(
            f"the sources of {program.package} cannot be had (GOPROXY says where from):\n"
            f"{listed.stderr}"
        )
    return frozenset(listed.stdout.split())


def _watch(
    process: subprocess.Popen[bytes], program: str, stale: frozenset[str], log: Path
) -> None:
    """Show how far the compiler is until it ends; it does not outlive an interrupt."""
    start = time.monotonic()
    try:
        while _runs(process):
            compiled = len(stale.intersection(log.read_text().split()))
            seconds = time.monotonic() - start
            _show(f"{program}: {compiled} of {len(stale)} packages compiled, {seconds:.0f} s")
    finally:
        process.kill()
        process.wait()
        _show(f"{program}: ended after {time.monotonic() - start:.0f} s", last=True)


def _runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_PAUSE_ON_A_TERMINAL if sys.stderr.isatty() else _PAUSE_IN_A_LOG)
    except subprocess.TimeoutExpired:
        return True
    return False


def _show(text: str, *, last: bool = False) -> None:
    """Show one line; on a terminal it takes the place of the one before."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}" + "\n" * last)
    else:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
