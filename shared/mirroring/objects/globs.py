"""Globs: patterns of names as operators and owners of namespaces write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self


@dataclass(frozen=True, slots=True)
class Globs:
    """Patterns of names, with `*` for any characters and `?` for one, as Reflector reads them."""

    patterns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read patterns that are separated by commas; blanks and case do not count."""
        return cls(tuple(part.strip().lower() for part in text.split(",") if part.strip()))

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return bool(self.patterns)

    def __str__(self) -> str:
        return ",".join(self.patterns)

    def match(self, name: str) -> bool:
        """Whether one of the patterns is the whole name."""
        return any(expression(pattern).fullmatch(name) for pattern in self.patterns)


@lru_cache(maxsize=4096)
def expression(glob: str, *, any_one: str = "?") -> re.Pattern[str]:
    """Return what matches a glob, in time that grows with the length of a name and no faster.

    Args:
        glob: `*` stands for any characters.
        any_one: what stands for any one; empty for nothing.
    """
    first, *others = (_literal(part, any_one) for part in glob.split("*"))
    if not others:
        return re.compile(first)
    *middle, last = others
    # As soon as a part was found, where it was found is settled: the next looks behind it.
    found = "".join(f"(?>.*?{part})" for part in middle if part)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL)


def _literal(part: str, any_one: str) -> str:
    escaped = re.escape(part)
    return escaped.replace(re.escape(any_one), ".") if any_one else escaped
