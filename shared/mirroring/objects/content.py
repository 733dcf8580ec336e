"""Content: what of an object is mirrored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, repr=False)
class Content:
    """What of an object is mirrored. It holds secrets, so it has no readable form.

    Args:
        fields: `data` (and a ConfigMap's `binaryData`), each key with its value as the API writes
            it.
        type: a Secret's type, empty for other kinds.
        immutable: whether the API server refuses every change of it.
    """

    fields: Mapping[str, Mapping[str, str]]
    type: str = ""
    immutable: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """Each key, with the field it is in."""
        return frozenset(f"{name}/{key}" for name, values in self.fields.items() for key in values)

    @cached_property
    def hash(self) -> str:
        """Equal for equal contents; starts with `keys_hash`, to compare the keys alone."""
        canonical = json.dumps([self.fields, self.type, self.immutable], sort_keys=True)
        return f"{keys_hash(self.keys)}-{hashlib.sha256(canonical.encode()).hexdigest()[:40]}"


def keys_hash(keys: Iterable[str]) -> str:
    """Eight hexadecimal digits that tell one set of keys from another."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:8]
