"""Lists as people write them who do not know that commas separate: told with what they meant.

What is odd is looked for in items, after the list was split at its commas. No name of anything that
is listed can hold a blank, a quote or a semicolon, so that an item which does is a mistake, or a
pattern that means them and matches nothing by them.
"""

from __future__ import annotations

import re
from typing import Final

from mirroring.policies.quoting import quoted

_ODD: Final = re.compile(r"[\s;\"'`\u2018-\u201f\u00ab\u00bb]")
_SEPARATORS: Final = re.compile(r"[\s;]+")
_QUOTES: Final = re.compile(r"[\"'`\u2018-\u201f\u00ab\u00bb]+")
# What a pattern may well say that it is not: `[^ ]+`.
_CLASS: Final = re.compile(r"\[[^\[\]]*+\]")
_VERBOSE: Final = re.compile(r"\(\?[a-zA-Z]*x")
_WORD: Final = re.compile(r"[\w*]")
_ARRAYS: Final = ('["', "['")
_LONGEST: Final = 1024  # characters that are looked at
_MOST: Final = 20  # names that are proposed


def likely(item: str) -> str:
    """Say what is odd about an item of a list, and what was likely meant; empty when it is not."""
    item = item[:_LONGEST]
    is_odd = _ODD.search(_CLASS.sub("", item)) and not _VERBOSE.search(item)
    if not is_odd and not item.startswith(_ARRAYS) and not _is_half_an_array(item):
        return ""
    meant = quoted(",".join(_meant(item)[:_MOST]))
    return f"{quoted(item)} is not one name. Separate names by commas and nothing else: {meant}"


def _meant(item: str) -> list[str]:
    parts = _SEPARATORS.split(_QUOTES.sub("", item))
    if item.startswith(_ARRAYS):
        parts = [part.strip("[]") for part in parts]
    return [_balanced(part) for part in parts if _WORD.search(part)]


def _balanced(part: str) -> str:
    """Take off a bracket whose other half is in another part."""
    for pair in ("[]", "()"):
        if part.count(pair[0]) != part.count(pair[1]):
            part = part.strip(pair)
    return part


def _is_half_an_array(item: str) -> bool:
    """Whether an item is the first or last of `[a, b]`; no pattern is."""
    is_open = ("[" in item) != ("]" in item) and (item.startswith("[") or item.endswith("]"))
    return is_open and _WORD.search(item) is not None
