"""Content: what of an object is mirrored."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Without blanks: what stands for nothing where Kubernetes wants a value, of JSON for a registry.
_EMPTY: Final = frozenset({"", "{}", '{"auths":{}}'})


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
        """Equal for equal contents; starts with `keys_hash`, to compare the keys alone.

        By a plain hash a short value can be found; `HashKeys` sign what is written anywhere.
        """
        canonical = json.dumps([self.fields, self.type, self.immutable], sort_keys=True)
        return f"{keys_hash(self.keys)}-{hashlib.sha256(canonical.encode()).hexdigest()[:40]}"

    @cached_property
    def fields_hash(self) -> str:
        """The same, whatever the type is and whether it is immutable."""
        return Content(self.fields).hash

    @property
    def is_blank(self) -> bool:
        """Whether it has nothing but empty values, as manifests have that reserve keys."""
        return all(
            _is_empty(value, encoded=bool(self.type) or name == "binaryData")
            for name, values in self.fields.items()
            for value in values.values()
        )

    def beside(self, other: Content) -> Content:
        """Return what of it another does not hold just so."""
        held = {name: other.fields.get(name, {}) for name in self.fields}
        differs = {
            name: {key: value for key, value in values.items() if held[name].get(key) != value}
            for name, values in self.fields.items()
        }
        return Content(differs, self.type)


def _is_empty(value: str, *, encoded: bool) -> bool:
    try:
        text = b64decode(value, validate=True).decode() if encoded else value
    except (Base64Error, ValueError):
        return False
    return "".join(text.split()) in _EMPTY


def keys_hash(keys: Iterable[str]) -> str:
    """Eight hexadecimal digits that tell one set of keys from another."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:8]
