"""Globs: patterns of names as operators and owners of namespaces write them.

All patterns of a list are followed at once, each place in any of them being a bit, so that what a
name costs is its length by the list's, whatever is written.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from mirroring.objects.references import LONGEST_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_LIST: Final = 16 * 1024  # characters, of whatever kind of list
MOST_PATTERNS: Final = 64  # that are more than a name


@dataclass(frozen=True)
class Globs:
    """Patterns of names, with `*` for any characters and `?` for one, as Reflector reads them.

    Args:
        patterns: names among them, of which there may be any number.
        any_one: what stands for any one character; empty for nothing.
        problem: why a list is not read; empty when it is.
    """

    patterns: tuple[str, ...] = ()
    any_one: str = "?"
    problem: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read patterns that are separated by commas; blanks and case do not count."""
        return cls.of(text.lower())

    @classmethod
    def of(cls, text: str, *, any_one: str = "?") -> Self:
        """Read patterns of which case counts; of a list with a problem none is read."""
        if len(text) > LONGEST_LIST:
            problem = f"the list is longer than {LONGEST_LIST} characters. Write patterns for names"
            return cls(any_one=any_one, problem=problem)
        found = cls(tuple(filter(None, map(str.strip, text.split(",")))), any_one)
        problem = found._oversize
        return cls(any_one=any_one, problem=problem) if problem else found

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return bool(self.patterns)

    def __str__(self) -> str:
        return ",".join(self.patterns)

    def match(self, name: str) -> bool:
        """Whether one of the patterns is the whole name."""
        return name in self.names or self._wild.spans(name)

    @cached_property
    def names(self) -> frozenset[str]:
        """The patterns that stand for themselves alone."""
        return frozenset(each for each in self.patterns if not self._is_wild(each))

    @cached_property
    def _wild(self) -> _Places:
        return _Places((each for each in self.patterns if each not in self.names), self.any_one)

    def _is_wild(self, pattern: str) -> bool:
        return "*" in pattern or bool(self.any_one and self.any_one in pattern)

    @property
    def _oversize(self) -> str:
        if any(len(each) > LONGEST_PATH for each in self.patterns):
            return f"an item of the list is longer than any name, {LONGEST_PATH} characters"
        if len(self.patterns) - len(self.names) > MOST_PATTERNS:
            return f"the list has more than {MOST_PATTERNS} patterns. Write names, or fewer"
        return ""


class _Places:
    """The places in several patterns, from before their first characters to behind their last."""

    def __init__(self, patterns: Iterable[str], any_one: str) -> None:
        self._first, self._last, self._staying, anyone, place = 0, 0, 0, 0, 1
        reached: defaultdict[str, int] = defaultdict(int)
        for pattern in patterns:
            self._first |= place
            for character in pattern:
                if character == "*":
                    self._staying |= place
                    continue
                place <<= 1
                if character == any_one:
                    anyone |= place
                else:
                    reached[character] |= place
            self._last |= place
            place <<= 1
        self._anyone = anyone
        self._reached: Mapping[str, int] = {
            character: places | anyone for character, places in reached.items()
        }

    def spans(self, name: str) -> bool:
        """Whether one of the patterns is the whole name."""
        places, reached, anyone = self._first, self._reached, self._anyone
        for character in name:
            places = (places << 1) & reached.get(character, anyone) | (places & self._staying)
            if not places:
                return False
        return bool(places & self._last)
