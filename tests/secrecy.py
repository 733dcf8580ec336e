"""Bytes of Secrets that turn up where they must not, as they are or in base64."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def forms_of(secret: bytes) -> frozenset[bytes]:
    """Return what to look for: the bytes, and what they are in base64.

    Base64 writes three bytes at a time, so that there are three ways, by where among others the
    secret begins. The characters at its ends depend on its neighbours and are left out.
    """
    shifted = (base64.b64encode(bytes(shift) + secret)[_first(shift) :] for shift in range(3))
    return frozenset({secret, *(each.rstrip(b"=")[:-1] for each in shifted)})


def found_in(collected: Mapping[str, bytes], secrets: Iterable[bytes]) -> list[str]:
    """Name what of the collected holds any of the secrets, in whichever form."""
    forms = {form for secret in secrets for form in forms_of(secret)}
    return sorted(name for name, text in collected.items() if any(form in text for form in forms))


def _first(shift: int) -> int:
    """The first character that depends on no byte before the secret."""
    return (shift * 4 + 2) // 3
