"""A base for the image where no registry is in reach, of the packages that its own is made of."""

from __future__ import annotations

import hashlib
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.lab.programs import ProgramError
from tests.lab.programs.cache import cache_folder, made_once
from tests.lab.programs.debian import install_missing

if TYPE_CHECKING:
    from pathlib import Path

_SUITE: Final = "trixie"
# Those of gcr.io/distroless/python3-debian13; what they depend on comes with them.
_PACKAGES: Final = (
    *("base-files", "ca-certificates", "libgcc-s1", "libgomp1", "libssl3t64", "libstdc++6"),
    *("media-types", "netbase", "tzdata", "libpython3-stdlib", "python3-minimal"),
)
_FLAGS: Final = (
    "--variant=extract",  # unpacked only: no package's scripts are run, so nothing has to run them
    "--format=tar",
    "--skip=cleanup/apt,cleanup/mmdebstrap",  # the hooks below do that, and more
    f"--include={','.join(_PACKAGES)}",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
_INDEXES: Final = ("Origin: Debian", "Created-By: Packages", "Component: main")
# $1 is the root of what was unpacked. Python stays as the only program; what apt and the machine
# have left goes; a user that is not root comes.
_HOOKS: Final = (
    'find "$1"/usr/bin "$1"/usr/sbin ! -type d ! -name "python3*" -delete',
    'rm -rf "$1"/etc/apt "$1"/etc/dpkg "$1"/etc/cron.daily "$1"/etc/logrotate.d',
    'rm -rf "$1"/var/lib/apt "$1"/var/cache/apt "$1"/etc/resolv.conf "$1"/etc/hostname',
    'echo "root:x:0:0:root:/root:/sbin/nologin" > "$1"/etc/passwd',
    'echo "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin" >> "$1"/etc/passwd',
    'printf "root:x:0:\\nnonroot:x:65532:\\n" > "$1"/etc/group',
)


def python_base() -> Path:
    """Return a root file system with Python, as a tar archive.

    Raises:
        ProgramError: it cannot be made.
    """
    flags = (*_FLAGS, *(f"--extract-hook={hook}" for hook in _HOOKS))
    key = hashlib.sha256(" ".join((_SUITE, *flags)).encode()).hexdigest()[:12]
    return made_once(cache_folder() / f"python-base-{key}.tar", partial(_unpack, flags))


def _unpack(flags: tuple[str, ...], target: Path) -> None:
    install_missing("mmdebstrap", "debian-archive-keyring")
    done = subprocess.run(  # noqa: S603 (arguments are this module's own)
        ["mmdebstrap", *flags, _SUITE, str(target), *_mirrors()],  # noqa: S607 (Debian's, wherever it is)
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"a base of Debian {_SUITE} cannot be made:\n{done.stderr}")


def _mirrors() -> list[str]:
    """Return the machine's mirrors of Debian, for sources.list; none if it is set up for none."""
    asked = subprocess.run(  # noqa: S603 (no input from outside)
        ["apt-get", "indextargets", "--format=$(LABEL) $(REPO_URI)", *_INDEXES],  # noqa: S607 (Debian's, wherever it is)
        capture_output=True,
        text=True,
        check=True,
    )
    suites = {"Debian": _SUITE, "Debian-Security": f"{_SUITE}-security"}
    lines = {tuple(line.split()) for line in asked.stdout.splitlines()}
    return sorted(f"deb {uri} {suites[label]} main" for label, uri in lines if label in suites)
