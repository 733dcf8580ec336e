"""Hash keys: what hashes of contents are signed with, so that nobody can try contents by them.

Whoever sees an object's metadata sees its hashes. Of a short value a plain hash tells which it is,
to whoever tries them all; one that is signed tells nothing to those who have not the key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.references import Ref

SHORTEST: Final = 16  # bytes of a key
_DIGITS: Final = 40


@dataclass(frozen=True, slots=True, repr=False)
class HashKeys:
    """Keys, of which the newest signs and all tell whether a signature is theirs.

    It holds secrets, so it has no readable form.

    Args:
        by_name: the keys; of their names the last in order is that of the newest. Without any
            nothing is signed.
    """

    by_name: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def newest(self) -> str:
        """The name of the key that signs; empty without any."""
        return max(self.by_name, default="")

    def sign(self, plain: str, about: Ref) -> str:
        """Sign a hash with the newest key.

        Args:
            plain: as `Content.hash` is.
            about: the object whose content it is of: those of others are signed otherwise, equal or
                not.

        Returns:
            What begins as the plain hash does, then names the key; the plain hash without a key.
        """
        return self._signed(plain, about, self.newest)

    def sign_as(self, signed: str, plain: str, about: Ref) -> str:
        """Sign a hash as another was, or was not; empty where that key is not there."""
        name = signer(signed)
        return self._signed(plain, about, name) if not name or name in self.by_name else ""

    def are_newer(self, signed: str) -> bool:
        """Whether a hash is to be signed anew: never where there is no key."""
        return bool(self.by_name) and signer(signed) != self.newest

    def _signed(self, plain: str, about: Ref, name: str) -> str:
        return _signed(plain, about, name, self.by_name[name]) if name else plain


NO_KEYS: Final = HashKeys()


def signer(signed: str) -> str:
    """Name the key that a hash is signed with; empty where it is plain."""
    name, is_signed, _ = signed.partition("-")[2].rpartition(":")
    return name if is_signed else ""


# Thousands of mirrors note the same.
@lru_cache(maxsize=256)
def _signed(plain: str, about: Ref, name: str, key: bytes) -> str:
    signature = hmac.digest(key, f"{about.kind} {about.path} {plain}".encode(), sha256)
    return f"{plain.partition('-')[0]}-{name}:{signature.hex()[:_DIGITS]}"
