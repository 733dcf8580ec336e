"""Key files: the keys that hashes of contents are signed with, as Kubernetes mounts a Secret."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from mirroring.errors import SettingError
from mirroring.objects.hash_keys import SHORTEST, HashKeys

_HIDDEN = ".."  # begins what Kubernetes keeps in a volume for itself
_ATTEMPTS: Final = 3


def read_hash_keys(folder: str) -> HashKeys:
    """Read the keys of a folder, a file each, by their names; none where there is no folder.

    Raises:
        SettingError: a key cannot be read, or is so short that it could be tried.
    """
    try:
        keys = _read(Path(folder))
    except OSError as error:
        raise SettingError(
            f"The keys in {folder} cannot be read: {error.strerror}. Mount Secret "
            "kn-mirror-content-hash there, or leave KN_MIRROR_HASH_KEYS out."
        ) from error
    short = sorted(name for name, key in keys.items() if len(key) < SHORTEST)
    if short:
        raise SettingError(
            f"Key {short[0]!r} in {folder} is shorter than {SHORTEST} bytes. Make it anew by "
            "`openssl rand`, or take it out of Secret kn-mirror-content-hash."
        )
    return HashKeys(keys)


def _read(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder; all that are there at the end, where Kubernetes renews them.

    Raises:
        OSError: one cannot be read, or is named and not there.
    """
    if not folder.exists():
        return {}
    for _ in range(_ATTEMPTS - 1):
        # Without keys what is written meanwhile would have hashes that are not signed.
        with suppress(FileNotFoundError):
            return _files(folder)
    return _files(folder)


def _files(folder: Path) -> dict[str, bytes]:
    files = [each for each in folder.iterdir() if not each.name.startswith(_HIDDEN)]
    return {each.name: each.read_bytes() for each in files}
