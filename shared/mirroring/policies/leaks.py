"""Leaks: what of a source's content its annotations hold, so that they cannot be copied with it.

Tools keep what they know of an object in annotations, the content of a Secret among it. Those that
are known are in `other_tools`; this finds the others, by what they hold.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirroring.objects.content import Content

# Longer values are no plain words about an object, whatever they are.
LONGEST_WORD: Final = 1024  # characters
# Shorter ones are found in any text.
_SHORTEST: Final = 8  # characters, as they are written
_SHORTEST_LINE: Final = 16  # of a value with several: many share a short one
_MOST_COMPARED: Final = 20_000_000  # characters, some tenths of a second
_NONE: Final = frozenset[str]()
# An object as JSON or YAML, or packed by gzip and written in base64.
_OBJECT: Final = re.compile(r"\b(?:data|stringData|binaryData)\b\\*[\"']?\s*:|\bH4sI")


def is_plain_word(value: str) -> bool:
    """Whether a value can be a plain word about its object, and holds no part of it."""
    return len(value) <= LONGEST_WORD and _OBJECT.search(value) is None


def holding(
    entries: Mapping[str, str], content: Content, *, shortest: int = _SHORTEST
) -> frozenset[str]:
    """Name the entries that hold a value of a content: as it is, in JSON, in base64, or a line.

    Args:
        entries: annotations.
        content: each of its values counts.
        shortest: how many characters of it must be found for that to be no chance; 8 or more.
    """
    if not entries:
        return frozenset()
    beginnings, found, left = _by_beginning(entries), set[str](), _MOST_COMPARED
    for form in forms(content):
        if len(found) == len(entries):
            break
        if len(form) < shortest:
            continue
        for name in beginnings.get(form[:_SHORTEST], _NONE) - found:
            left -= len(entries[name])
            # Whoever has it compared so often gets nothing copied.
            if left < 0 or form in entries[name]:
                found.add(name)
    return frozenset(found)


def _by_beginning(entries: Mapping[str, str]) -> Mapping[str, set[str]]:
    """Sort entries by whatever a form in them may begin with, so that few have to be searched."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, value in entries.items():
        for start in range(len(value) - _SHORTEST + 1):
            found[value[start : start + _SHORTEST]].add(name)
    return found


def forms(content: Content) -> Iterator[str]:
    """Every way in which a value may be written, whether it is in base64 or not."""
    for values in content.fields.values():
        for value in values.values():
            yield b64encode(value.encode()).decode().rstrip("=")
            yield from _written(value.rstrip("="))
            # Of a ConfigMap it may be text, and no padding.
            yield value.strip()
            with suppress(ValueError):
                yield from _written(b64decode(value, validate=True).decode())


def _written(text: str) -> Iterator[str]:
    stripped = text.strip()
    yield stripped
    yield json.dumps(stripped)[1:-1]
    yield json.dumps(stripped, ensure_ascii=False)[1:-1]
    # What every PEM begins and ends with says nothing of it.
    lines = (line.strip() for line in stripped.splitlines())
    yield from (line for line in lines if len(line) >= _SHORTEST_LINE and line[:5] != "-----")
