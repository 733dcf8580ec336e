"""Key files: the keys that hashes of contents are signed with, as Kubernetes mounts a Secret."""

from __future__ import annotations

from pathlib import Path

from mirroring.errors import SettingError
from mirroring.objects.hash_keys import SHORTEST, HashKeys

_HIDDEN = ".."  # begins what Kubernetes keeps in a volume for itself


def read_hash_keys(folder: str) -> HashKeys:
    """Read the keys of a folder, a file each, by their names; none where there is no folder.

    Raises:
        SettingError: a key cannot be read, or is so short that it could be tried.
    """
    try:
        files = [each for each in Path(folder).iterdir() if not each.name.startswith(_HIDDEN)]
        keys = {each.name: each.read_bytes() for each in files}
    except FileNotFoundError:
        return HashKeys()
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
