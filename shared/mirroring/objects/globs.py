"""Globs: patterns of names as operators and owners of namespaces write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
        return any(_expression(pattern).fullmatch(name) for pattern in self.patterns)


def _expression(glob: str) -> re.Pattern[str]:
    return re.compile(re.escape(glob).replace(r"\*", ".*").replace(r"\?", "."))
