"""Builds Kubernetes' own programs with Go, from the module beside this file, once a machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.controlplane.cache import cache_folder, made_once
from tests.controlplane.errors import ControlPlaneError
from tests.controlplane.toolchain import GO_MOD, MODULE, go, required

if TYPE_CHECKING:
    from pathlib import Path

_TAIL: Final = 15

# Seconds between two looks at the compiler: often enough to be watched, seldom enough for a log.
_PAUSE_ON_A_TERMINAL: Final = 1
_PAUSE_IN_A_LOG: Final = 15


def built(program: str) -> Path:
    """Return `program`, a name below Kubernetes' `cmd/`, compiled if it is not in the cache yet.

    Compiling takes minutes and shows its progress on the standard error stream.

    Raises:
        ControlPlaneError: there is no Go, or it does not compile.
    """
    return made_once(_place(program), lambda target: _compile(program, target))


def _place(program: str) -> Path:
    machine = f"{sys.platform} {platform.machine()}"
    key = hashlib.sha256("\n".join((GO_MOD, machine, *_flags())).encode()).hexdigest()[:12]
    return cache_folder() / f"kubernetes-{required('k8s.io/kubernetes')}-{key}" / program


def _flags() -> tuple[str, ...]:
    """Return the flags of Kubernetes' own build, as far as a client can tell the difference."""
    version = required("k8s.io/kubernetes")
    major, minor, _ = version.removeprefix("v").split(".")
    stamps = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    stamped = " ".join(f"-X k8s.io/component-base/version.{k}={v}" for k, v in stamps.items())
    return ("-tags=providerless", f"-ldflags=-s -w {stamped}")


def _environment() -> dict[str, str]:
    """Keep what the machine sets for other modules from changing what is built here."""
    own = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    return {**os.environ, **own}


def _compile(program: str, target: Path) -> None:
    compiler = go()
    package = f"k8s.io/kubernetes/cmd/{program}"
    log = target.with_name(f"{program}.log")
    _show(f"{program}: finding out what to compile (the first time this fetches the sources)")
    with log.open("w") as output:
        stale = _stale_packages(compiler, package)
        command = [str(compiler), "build", "-v", *_flags(), "-o", str(target), package]
        process = subprocess.Popen(command, cwd=MODULE, env=_environment(), stderr=output)  # noqa: S603 (no input from outside)
        _watch(process, program, stale, log)
    if process.returncode:
        tail = "\n".join(log.read_text().splitlines()[-_TAIL:])
        raise ControlPlaneError(f"{program} does not compile; all of it is in {log}:\n{tail}")


def _stale_packages(compiler: Path, package: str) -> frozenset[str]:
    """Return what the compiler has not in its own cache."""
    asked = "-f={{if .Stale}}{{.ImportPath}}{{end}}"
    listed = subprocess.run(  # noqa: S603 (no input from outside)
        [compiler, "list", "-deps", *_flags(), asked, package],
        cwd=MODULE,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise ControlPlaneError(
            f"the sources of {package} cannot be had (GOPROXY says where from):\n{listed.stderr}"
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
