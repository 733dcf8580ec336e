"""Abridging: what is held of labels and annotations that are very long, of objects in lists.

Any tenant may write 256 KiB of them on any number of objects. Of those that are held as sources or
mirrors there may be hundreds, of which hardly one is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mirroring import names
from mirroring.objects.globs import LONGEST_LIST
from mirroring.ownership.records import is_true

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata

LONGEST: Final = (
    64 * 1024
)  # bytes of an object's labels, annotations and fields that are held whole

_OURS: Final = frozenset(value for name, value in vars(names).items() if name.isupper())
_LONGEST_WORD: Final = 1024  # characters
_MOST_OF_OTHERS: Final = 16 * 1024  # characters


def abridged(entries: Mapping[str, str]) -> dict[str, str]:
    """Return of labels or annotations what has to be known before an object is written.

    Nobody's rules change their meaning by it: a list of which a part is left out is still longer
    than any list that is read.
    """
    longest = LONGEST_LIST if is_true(entries.get(names.ALLOWED)) else _LONGEST_WORD
    ours = {name: entries[name][: longest + 1] for name in _OURS if name in entries}
    others = {name: text for name, text in entries.items() if name not in _OURS}
    words = {name: text for name, text in others.items() if len(text) <= _LONGEST_WORD}
    size = sum(len(name) + len(text) for name, text in words.items())
    return ours | words if size <= _MOST_OF_OTHERS else ours


def light(found: Metadata) -> Metadata:
    """Return an object whose annotations were read, and are not written any more."""
    size = sum(len(name) + len(text) for name, text in found.annotations.items())
    return replace(found, annotations=abridged(found.annotations)) if size > LONGEST else found
