"""Expressions: patterns for names of namespaces that are more than a name or its beginning.

An engine looks for them that could take any time and memory: what an expression may ask of it is
bounded before it is compiled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from math import prod
from time import thread_time
from typing import TYPE_CHECKING, Final

from mirroring.policies.lists import likely
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    import regex

_OVERLONG_NAME: Final = re.compile(r"[a-z0-9-]{64,}")
# `[a-z-[aeiou]]` takes the vowels out in .NET; here it would silently mean something else.
_CLASS_SUBTRACTION: Final = re.compile(r"\[[^\[\]]*-\[")
# Where blanks do not count, nothing is as it looks; and of a name none is a part.
_VERBOSE: Final = re.compile(r"\(\?[a-zA-Z0-9-]*x")
# Counts multiply where they are nested, and are written out when the pattern is compiled: four of
# a thousand take all memory there is.
_COUNT: Final = re.compile(r"\{0*+([0-9]+)\}")
_MOST_DIGITS: Final = 6  # that are looked at
MOST_WRITTEN_OUT: Final = 10_000  # characters of a pattern
_LONGEST: Final = 1000  # characters of a pattern
_LONGEST_REASON: Final = 200  # characters that the engine says
_LONE_STAR: Final = re.compile(r"(?<![.)\]])\*")
# What a name must begin with, so that the others need not be searched.
_PREFIX: Final = re.compile(r"\^?([a-z0-9-]*)(?![*?{])")
_ANY_BEGINNING: Final = re.compile(r"\||\(\?[a-zA-Z-]")


def load_engine() -> None:
    """Load it, which is no pattern's fault; most sources need none, and do not wait for it."""
    import regex  # noqa: F401, PLC0415


@dataclass(frozen=True)
class Pattern:
    """One pattern that is more than a name."""

    text: str

    @cached_property
    def prefix(self) -> str:
        """What every name that it spans begins with, as far as that is easily seen."""
        match = None if _ANY_BEGINNING.search(self.text) else _PREFIX.match(self.text)
        return match[1] if match else ""

    @cached_property
    def written_out(self) -> int:
        """How many characters it has at most when all that it repeats is written out."""
        counts = _COUNT.findall(self.text)
        return len(self.text) * prod(int(count[:_MOST_DIGITS]) for count in counts)

    @cached_property
    def problem(self) -> str:
        """Why it can never be matched; empty when it can."""
        refused = self._reason_to_refuse()
        if refused:
            return refused
        return self._compiled if isinstance(self._compiled, str) else ""

    @cached_property
    def suspicion(self) -> str:
        """Why it is no pattern that anybody would mean, though it can be matched; or nothing."""
        return likely(self.text)

    def search(self, name: str, seconds: float) -> regex.Match[str] | None:
        """Find the first match in a name, of a pattern that has no problem.

        Args:
            name: of a namespace.
            seconds: of this thread's own processor time that it may take: what other threads do
                meanwhile is not the pattern's fault.

        Raises:
            TimeoutError: it took longer.
        """
        if isinstance(self._compiled, str):
            return None
        start = thread_time()
        while True:
            try:
                # The engine's clock is the whole process's; it keeps Python's lock, so that taking
                # it again among busy threads costs no search.
                return self._compiled.search(name, timeout=seconds, concurrent=False)
            except TimeoutError:
                if thread_time() - start >= seconds / 2:
                    raise

    def _reason_to_refuse(self) -> str:
        if _OVERLONG_NAME.fullmatch(self.text):
            return f"{quoted(self.text)} is longer than any namespace's name, 63 characters"
        if len(self.text) > _LONGEST:
            return f"{quoted(self.text)} is longer than {_LONGEST} characters. Write it shorter."
        if _VERBOSE.search(self.text):
            return f"{quoted(self.text)} asks for blanks not to count. Write it without any."
        if self.written_out > MOST_WRITTEN_OUT:
            return f"{quoted(self.text)} repeats too often. A name has no more than 63 characters."
        if _CLASS_SUBTRACTION.search(self.text):
            return (
                f"{quoted(self.text)} subtracts one class of characters from another, which only "
                ".NET does. Write it with a lookahead, as in '(?![aeiou])[a-z]'."
            )
        return ""

    @cached_property
    def _compiled(self) -> regex.Pattern[str] | str:
        """The expression, or why it is none."""
        import regex  # noqa: PLC0415

        try:
            # Its own cache would hold what tenants wrote for as long as the process runs.
            return regex.compile(self.text, cache_pattern=False)
        except regex.error as error:
            because = f"is not a regular expression: {error.msg[:_LONGEST_REASON]}"
            return f"{quoted(self.text)} {because}{self._hint()}"
        except RecursionError:
            return f"{quoted(self.text)} is nested too deeply. Write it more simply."

    def _hint(self) -> str:
        meant = _LONE_STAR.sub(".*", self.text)
        return f". Did you mean {quoted(meant)}?" if meant != self.text else ""
